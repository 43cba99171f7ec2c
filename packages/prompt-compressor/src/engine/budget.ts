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

type Asked = Pick<CompressOptions, "rate" | "targetTokens">;

/** The most tokens that may stay; `undefined`: no budget was asked for. */
export function askedTokens({ rate, targetTokens }: Asked, tokensIn: number): number | undefined {
  if (targetTokens !== undefined) return Math.floor(targetTokens);
  // 0.29 * 100 is 28.999…
  return rate === undefined ? undefined : Math.floor(rate * tokensIn + 1e-9);
}

/**
 * Divides the budget: a segment with its own rate has its own pool, the others share what is left after those that may not be touched.
 * `undefined`: no budget was asked for.
 */
export function budgetPools(
  segments: readonly Segment[],
  tokens: readonly number[],
  touchable: (segment: Segment) => boolean,
  options: Asked,
): BudgetPool[] | undefined {
  const total = tokens.reduce((sum, count) => sum + count, 0);
  const asked = askedTokens(options, total);
  const pools: BudgetPool[] = [];
  const shared: number[] = [];
  let fixed = 0;
  for (const [index, segment] of segments.entries()) {
    const count = tokens[index] as number;
    if (!touchable(segment)) fixed += count;
    else if (segment.rate === undefined) shared.push(index);
    else {
      const budget = askedTokens({ rate: segment.rate }, count) as number;
      pools.push({ segments: [index], tokens: count, budget });
      fixed += budget;
    }
  }
  if (asked === undefined) return pools.length > 0 ? pools : undefined;
  const sharedTokens = shared.reduce((sum, index) => sum + (tokens[index] as number), 0);
  if (shared.length > 0) pools.push({ segments: shared, tokens: sharedTokens, budget: Math.min(sharedTokens, Math.max(0, asked - fixed)) });
  return pools;
}

/** As many tokens too few are taken for the size of what is dropped at once. */
const NEAR = 0.05;

/**
 * Pools whose budgets allow for what their plan missed by: tokens are counted for parts, and parts put together count a little differently.
 * `undefined` where every pool is at its budget or as near below as whole units come.
 *
 * @param round How many corrections there were before.
 */
export function correctedPools(
  wanted: readonly BudgetPool[],
  tried: readonly BudgetPool[],
  tokensOf: (pool: BudgetPool) => number,
  round = 0,
): BudgetPool[] | undefined {
  let isCorrected = false;
  const pools = tried.map((pool, index): BudgetPool => {
    const { budget, tokens } = wanted[index] as BudgetPool;
    const missed = tokensOf(pool) - budget;
    if (budget >= tokens || (missed <= 0 && missed >= -NEAR * budget)) return pool;
    // Whole units come again as they were unless the budget falls by more than was missed.
    const change = missed > 0 ? missed * (1 + round) + round : missed;
    const next = Math.min(tokens - 1, Math.max(0, pool.budget - change));
    if (next !== pool.budget) isCorrected = true;
    return { ...pool, budget: next };
  });
  return isCorrected ? pools : undefined;
}
