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
  /** The provider's cache has expired. */
  readonly cold: boolean;
}

export interface PaybackInput {
  /** S: tokens that are replaced, the old summary included. */
  readonly replacedTokens: number;
  /** s: tokens of the new summary. */
  readonly summaryTokens: number;
  /** K: tokens after it that stay. */
  readonly keptTokens: number;
  /** What the summariser reads; mostly S. */
  readonly readTokens: number;
  readonly cold: boolean;
  /** The cache as it holds for this prompt. */
  readonly cache: ResolvedCache;
  /** Nano-dollars per 1M tokens. */
  readonly main: Pick<Rates, "input">;
  readonly summarizer: Pick<Rates, "input" | "output">;
}

/**
 * In units of the main model's uncached input token, with r cached read, w cache write, pi and po the summariser's prices:
 *   gain per later call = r (S - s)
 *   one-off, cache warm = S pi + s po + (w - r)(s + K)
 *   one-off, cache cold = S pi + s po - w (S - s)
 */
export function paybackInTokens({ replacedTokens, summaryTokens, keptTokens, readTokens, cold, cache, main, summarizer }: PaybackInput): {
  oneOff: number;
  gain: number;
} {
  const unit = main.input;
  const writing = (readTokens * summarizer.input + summaryTokens * summarizer.output) / unit;
  const saved = replacedTokens - summaryTokens;
  return {
    gain: cache.read * saved,
    oneOff: writing + (cold ? -cache.write * saved : (cache.write - cache.read) * (summaryTokens + keptTokens)),
  };
}
