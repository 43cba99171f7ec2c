import { negationWords, normalizeWord } from "../preserve/guard-words.ts";
import type { Segment } from "../segment.ts";
import type { Unit } from "./units.ts";

const wordPattern = /[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*/gu;

/** Negations and conditions in each unit. */
export function countNegations(units: readonly Unit[], segments: readonly Segment[]): Float64Array {
  return Float64Array.from(units, ({ text, segment }) => {
    const known = negationWords((segments[segment] as Segment).language);
    let count = 0;
    for (const word of text.match(wordPattern) ?? []) {
      const lower = normalizeWord(word);
      if (lower.endsWith("n't") || (known.has(lower) && !weak.has(lower))) count += 1;
    }
    return count;
  });
}

/** Kept by the guard inside of sentences, but too common to let a sentence stay for their sake. */
const weak: ReadonlySet<string> = new Set(["but", "aber", "mais", "pero", "que", "n"]);
