import { isContentWord, wordsOf } from "../text/words.ts";

/** The terms that a search looks at. */
export function termsOf(text: string): string[] {
  return wordsOf(text)
    .filter(isContentWord)
    .map(({ stem }) => stem);
}

const K1 = 1.2;
const B = 0.75;

/** How well a document fits a query. */
export interface Fit {
  /** Okapi BM25 (k1 1.2, b 0.75); 0 where no term meets. */
  readonly score: number;
  /** Share of the query's terms that the document holds, each weighed by its idf; 0 to 1. */
  readonly coverage: number;
}

/**
 * The fit of each document to the query.
 *
 * @see Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
 */
export function bm25(documents: readonly (readonly string[])[], query: readonly string[]): Fit[] {
  const terms = new Set(query);
  const documentFrequency = new Map<string, number>();
  const counts: Map<string, number>[] = [];
  let total = 0;
  for (const document of documents) {
    const count = new Map<string, number>();
    for (const term of document) if (terms.has(term)) count.set(term, (count.get(term) ?? 0) + 1);
    for (const term of count.keys()) documentFrequency.set(term, (documentFrequency.get(term) ?? 0) + 1);
    counts.push(count);
    total += document.length;
  }
  const average = total / Math.max(1, documents.length) || 1;
  const idf = new Map<string, number>();
  let weight = 0;
  for (const term of terms) {
    const frequency = documentFrequency.get(term) ?? 0;
    const value = Math.log(1 + (documents.length - frequency + 0.5) / (frequency + 0.5));
    idf.set(term, value);
    weight += value;
  }
  return documents.map((document, index) => {
    let score = 0;
    let held = 0;
    for (const [term, count] of counts[index] as Map<string, number>) {
      const value = idf.get(term) as number;
      held += value;
      score += (value * count * (K1 + 1)) / (count + K1 * (1 - B + (B * document.length) / average));
    }
    return { score, coverage: weight > 0 ? held / weight : 0 };
  });
}
