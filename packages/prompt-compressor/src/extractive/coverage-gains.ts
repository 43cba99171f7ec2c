import type { Gains } from "./select-units.ts";
import type { TermIndex } from "./term-index.ts";

/**
 * Worth of a unit by the rare words that are not yet in the chosen ones: each time a word is chosen, its worth falls to this part. Greedy choice of
 * such a (submodular) sum is within 1 - 1/e of the best (Lin & Bilmes 2011).
 */
const DECAY = 0.4;

export function coverageGains(
  index: TermIndex,
  idf: Float64Array,
  extra: (unit: number) => number,
  lengthOf: (unit: number) => number,
): Gains {
  const worth = Float64Array.from(idf);
  const { terms, starts } = index;
  return {
    gain: (unit) => {
      let sum = extra(unit);
      for (let at = starts[unit] as number; at < (starts[unit + 1] as number); at += 1) sum += worth[terms[at] as number] as number;
      return sum / lengthOf(unit);
    },
    chosen: (unit) => {
      for (let at = starts[unit] as number; at < (starts[unit + 1] as number); at += 1) {
        const term = terms[at] as number;
        worth[term] = (worth[term] as number) * DECAY;
      }
    },
  };
}
