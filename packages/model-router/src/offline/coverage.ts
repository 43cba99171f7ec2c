import { decodeIntegers, encodeIntegers } from "./binary-text.ts";
import { fnv } from "./fnv.ts";
import type { CoverageState } from "./router-artifact.ts";
import { tokenize } from "./tokenize.ts";

/** How far below the 1st percentile of the training texts a text may lie. */
const TOLERANCE = 0.8;

/**
 * Learns which words are known. The threshold is four fifths of the share of known words that 99 of 100 training texts reach when their own words
 * do not count as known.
 */
export function trainCoverage(prompts: readonly string[]): CoverageState {
  const texts = prompts.map(wordsOf);
  const frequencies = new Map<number, number>();
  for (const words of texts) for (const word of new Set(words)) frequencies.set(word, (frequencies.get(word) ?? 0) + 1);
  const shares = texts.map((words) => shareOf(words, (word) => frequencies.get(word)! > 1)).sort((a, b) => a - b);
  return {
    words: encodeIntegers(Uint32Array.from(frequencies.keys()).sort()),
    threshold: TOLERANCE * (shares[Math.floor(shares.length / 100)] ?? 0),
  };
}

/** Whether a text is unlike those that were learnt from: another language or subject, or nothing known in it at all. */
export function loadCoverage({ words: encoded, threshold }: CoverageState): (prompt: string) => boolean {
  const known = new Set(decodeIntegers(encoded));
  return (prompt) => {
    const share = shareOf(wordsOf(prompt), (word) => known.has(word));
    return share === 0 || share < threshold;
  };
}

/** Hashes of the words; of the other tokens where there is no word. */
function wordsOf(text: string): number[] {
  const tokens = tokenize(text);
  const words = tokens.filter((token) => /^\p{L}/u.test(token));
  return (words.length > 0 ? words : tokens).map((token) => fnv(token) >>> 0);
}

function shareOf(words: readonly number[], known: (word: number) => boolean): number {
  return words.length === 0 ? 0 : words.filter(known).length / words.length;
}
