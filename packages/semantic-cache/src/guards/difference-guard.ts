import { LRUCache } from "lru-cache";
import { compareTexts } from "./comparison.ts";
import { FEATURES } from "./features.ts";
import type { Guard } from "./guard.ts";
import { parseText, type ParsedText } from "./parse.ts";
import { BIAS, STRICT_LIMIT, WEIGHTS } from "./weights.ts";

export interface DifferenceGuardOptions {
  /** Also weighs what is left over when all rules pass: refuses words that only one side has, unless they rarely matter. @default false */
  readonly leftovers?: boolean;
  /** Parsed texts kept. @default 2000 */
  readonly maxParsed?: number;
}

const weights = FEATURES.map((name) => WEIGHTS[name]);

/** Chance, fitted on contrast pairs, that two texts differ in what they ask. */
function chanceOfDifference(features: readonly number[]): number {
  let sum = BIAS;
  for (const [i, value] of features.entries()) sum += value * (weights[i] ?? 0);
  return 1 / (1 + Math.exp(-sum));
}

/**
 * Refuses texts that differ in numbers, units, dates, names, negation, opposites, direction, order, quantity, person, modality or
 * kind of question, by rules; with `leftovers` also in other words, by a regression. Rules of English apply to English texts
 * only, numbers and codes to all.
 */
export function differenceGuard({ leftovers = false, maxParsed = 2000 }: DifferenceGuardOptions = {}): Guard {
  // The cached question of a pair comes back again and again.
  const parsed = new LRUCache<string, ParsedText>({ max: maxParsed });
  function parse(text: string): ParsedText {
    const before = parsed.get(text);
    if (before !== undefined) return before;
    const result = parseText(text);
    parsed.set(text, result);
    return result;
  }
  return {
    name: "difference",
    check(a, b) {
      if (a === b) return null;
      const { veto, features } = compareTexts(parse(a), parse(b));
      if (veto !== null || !leftovers || features === null) return veto;
      return chanceOfDifference(features) > STRICT_LIMIT ? "wording differs" : null;
    },
  };
}
