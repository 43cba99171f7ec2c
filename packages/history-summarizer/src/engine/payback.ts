import { type NanoUsd, type Rates } from "@langthrift/core";
import type { ResolvedCache } from "./cache-prices.ts";

/** What a summary would cost and bring, in money. `null`: a price is unknown. */
export interface Payback {
  /** To switch now: the summariser's call, and the prompt cache that is lost. Negative: switching is cheaper than not, even for this call. */
  readonly oneOffNanoUsd: NanoUsd | null;
  /** Saved on each later call. */
  readonly gainPerCallNanoUsd: NanoUsd | null;
  /** One-off / gain. */
  readonly breakEvenCalls: number | null;
  /** The gain missed on the calls since it could have been had. */
  readonly carriedNanoUsd: NanoUsd | null;
  /**
   * What the conversation would have cost above its full history right after the switch, all summaries together; below 0: what it has saved.
   */
  readonly overrunNanoUsd: NanoUsd | null;
  /** The provider's cache has expired. */
  readonly cold: boolean;
}

/** What decides whether a summary pays: sizes in tokens, and costs in units of the main model's uncached input token. */
export interface PaybackInput {
  /** S: tokens that are replaced, the old summary included. */
  readonly replacedTokens: number;
  /** s: tokens of the new summary. */
  readonly summaryTokens: number;
  /** K: tokens after it that stay. */
  readonly keptTokens: number;
  /** What writing the summary costs, in units of the main model's uncached input token. */
  readonly writing: number;
  readonly cold: boolean;
  /** The cache as it holds for this prompt. */
  readonly cache: ResolvedCache;
  /** Calls after the switch that the provider does not cache, because the view is under its minimum. @default 0 */
  readonly uncachedCalls?: number;
  /** Tokens of the view after the switch. @default 0 */
  readonly viewTokens?: number;
}

/** Reading and writing of a summariser, in units of the main model's uncached input token. */
export function writingInTokens(
  main: Pick<Rates, "input">,
  {
    readTokens,
    summaryTokens,
    rates,
  }: { readonly readTokens: number; readonly summaryTokens: number; readonly rates: Pick<Rates, "input" | "output"> },
): number {
  return (readTokens * rates.input + summaryTokens * rates.output) / main.input;
}

/**
 * In units of the main model's uncached input token, with r cached read, w cache write, pi and po the summariser's prices:
 *   gain per later call = r (S - s)
 *   one-off, cache warm = S pi + s po + (w - r)(s + K)
 *   one-off, cache cold = S pi + s po - w (S - s)
 * where `writing` is S pi + s po.
 */
export function paybackInTokens({
  replacedTokens,
  summaryTokens,
  keptTokens,
  writing,
  cold,
  cache,
  uncachedCalls = 0,
  viewTokens = 0,
}: PaybackInput): { oneOff: number; gain: number } {
  const saved = replacedTokens - summaryTokens;
  // The prompts under the minimum are paid in full.
  const uncached = uncachedCalls * viewTokens * (1 - cache.read);
  return {
    gain: cache.read * saved,
    oneOff: writing + uncached + (cold ? -cache.write * saved : (cache.write - cache.read) * (summaryTokens + keptTokens)),
  };
}
