import { stem } from "../text/stem.ts";
import { eachWord, scanWords } from "../text/words.ts";
import { normalizeWord } from "../preserve/guard-words.ts";

/** Terms of sentences as small integers, with the number of sentences each stands in. */
export interface TermIndex {
  /** Term ids of each sentence, once each, in order of appearance. */
  readonly sentences: readonly (readonly number[])[];
  /** The same in one row: those of sentence `n` stand from `starts[n]` to before `starts[n + 1]`. */
  readonly terms: Uint32Array;
  readonly starts: Uint32Array;
  /** In how many sentences a term stands, by term id. */
  readonly documentFrequency: readonly number[];
  idOf(word: string): number | undefined;
}

/** Words of a text, lower case and without endings. */
export function termsOf(text: string): string[] {
  return scanWords(text).map(({ text: written }) => stem(normalizeWord(written)));
}

export function indexTerms(texts: readonly string[]): TermIndex {
  const ids = new Map<string, number>();
  // Words repeat; each is normalised and stemmed once.
  const idByWritten = new Map<string, number>();
  const documentFrequency: number[] = [];
  const lastSeen: number[] = [];
  const sentences = texts.map((text, sentence) => {
    const terms: number[] = [];
    eachWord(text, (written) => {
      let id = idByWritten.get(written);
      if (id === undefined) {
        const term = stem(normalizeWord(written));
        id = ids.get(term);
        if (id === undefined) {
          id = ids.size;
          ids.set(term, id);
          documentFrequency.push(0);
          lastSeen.push(-1);
        }
        idByWritten.set(written, id);
      }
      if (lastSeen[id] === sentence) return;
      lastSeen[id] = sentence;
      documentFrequency[id] = (documentFrequency[id] as number) + 1;
      terms.push(id);
    });
    return terms;
  });
  const starts = new Uint32Array(sentences.length + 1);
  for (const [sentence, terms] of sentences.entries()) starts[sentence + 1] = (starts[sentence] as number) + terms.length;
  const flat = new Uint32Array(starts[sentences.length] as number);
  for (const [sentence, terms] of sentences.entries()) flat.set(terms, starts[sentence]);
  return { sentences, terms: flat, starts, documentFrequency, idOf: (text) => ids.get(text) };
}
