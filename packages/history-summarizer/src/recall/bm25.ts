import { isContentWord, wordsOf } from "../text/words.ts";

/** The terms that a search looks at. */
export function termsOf(text: string): string[] {
  return wordsOf(text)
    .filter(isContentWord)
    .map(({ stem }) => stem);
}

const K1 = 1.2;
const B = 0.75;

/**
 * Okapi BM25 (k1 1.2, b 0.75) of each document for the query; 0 where no term meets.
 *
 * @see Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
 */
export function bm25(documents: readonly (readonly string[])[], query: readonly string[]): number[] {
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
  return documents.map((document, index) => {
    let score = 0;
    for (const [term, count] of counts[index] as Map<string, number>) {
      const frequency = documentFrequency.get(term) ?? 0;
      const idf = Math.log(1 + (documents.length - frequency + 0.5) / (frequency + 0.5));
      score += (idf * count * (K1 + 1)) / (count + K1 * (1 - B + (B * document.length) / average));
    }
    return score;
  });
}
