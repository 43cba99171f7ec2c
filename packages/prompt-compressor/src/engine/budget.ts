import type { CompressOptions } from "../compressor.ts";
import type { Segment } from "../segment.ts";

/** Segments that share a number of tokens. */
export interface BudgetPool {
  /** Indexes into the segments. */
  readonly segments: readonly number[];
  /** Tokens in these segments. */
  readonly tokens: number;
  /** Tokens that may stay; never more than `tokens`. */
  readonly budget: number;
}

/**
 * Divides the budget: a segment with its own rate has its own pool, the others share what is left after those that may not be touched.
 * `undefined`: no budget was asked for.
 */
export function budgetPools(
  segments: readonly Segment[],
  tokens: readonly number[],
  touchable: (segment: Segment) => boolean,
  { rate, targetTokens }: Pick<CompressOptions, "rate" | "targetTokens">,
): BudgetPool[] | undefined {
  const total = tokens.reduce((sum, count) => sum + count, 0);
  const asked = targetTokens ?? (rate === undefined ? undefined : Math.round(rate * total));
  const pools: BudgetPool[] = [];
  const shared: number[] = [];
  let fixed = 0;
  for (const [index, segment] of segments.entries()) {
    const count = tokens[index] as number;
    if (!touchable(segment)) fixed += count;
    else if (segment.rate === undefined) shared.push(index);
    else {
      pools.push({ segments: [index], tokens: count, budget: Math.round(segment.rate * count) });
      fixed += Math.round(segment.rate * count);
    }
  }
  if (asked === undefined) return pools.length > 0 ? pools : undefined;
  const sharedTokens = shared.reduce((sum, index) => sum + (tokens[index] as number), 0);
  if (shared.length > 0) pools.push({ segments: shared, tokens: sharedTokens, budget: Math.min(sharedTokens, Math.max(0, asked - fixed)) });
  return pools;
}
