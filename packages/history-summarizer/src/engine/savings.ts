import { type NanoUsd, nanoUsd, type Rates, type SavingsEvent, type Usage } from "@langthrift/core";
import type { ResolvedCache } from "./cache-prices.ts";

export type EventFields = Pick<SavingsEvent, "kind" | "reason" | "nanoUsd" | "details"> &
  Partial<Pick<SavingsEvent, "usage" | "model" | "provider" | "latencyMs" | "alreadyInLedger">>;

export interface SavedInput {
  readonly savedTokens: number;
  /** Tokens of the view: overhead, summary and messages. */
  readonly viewTokens: number;
  /** Tokens before the summary, which stay cached whatever it says. */
  readonly prefixTokens: number;
  readonly cold: boolean;
  /** The view's summary is another than at the last call. */
  readonly switched: boolean;
  readonly cache: ResolvedCache;
  readonly rates: Rates | null;
}

/**
 * What this call avoided. The tokens that were not sent would have been read from the provider's cache, or, when that is cold, written to
 * it. On the call after a new summary, what follows it has to be written again: that loss is an event of its own, without a usage, so that
 * a ledger takes it as it is.
 */
export function savedEvents({ savedTokens, viewTokens, prefixTokens, cold, switched, cache, rates }: SavedInput): EventFields[] {
  const caching = cache.minimumTokens > 0 && savedTokens + viewTokens >= cache.minimumTokens;
  const price = (factor: number, tokens: number): NanoUsd | null =>
    rates ? nanoUsd(Math.round((tokens * factor * rates.input) / 1_000_000)) : null;
  const usage: Usage = {
    inputTokens: Math.max(0, savedTokens),
    ...(caching && (cold ? { cacheWriteTokens: Math.max(0, savedTokens) } : { cacheReadTokens: Math.max(0, savedTokens) })),
    estimated: true,
  };
  const factor = !caching ? 1 : cold ? cache.write : cache.read;
  const events: EventFields[] = [
    // A negative saving has no usage: a usage cannot be negative.
    {
      kind: "avoided",
      reason: "shortened",
      ...(savedTokens > 0 && { usage }),
      nanoUsd: price(factor, savedTokens),
      details: { savedTokens, viewTokens, cold },
    },
  ];
  const rewritten = viewTokens - prefixTokens;
  if (switched && caching && !cold && cache.write > cache.read && rewritten > 0) {
    events.push({
      kind: "avoided",
      reason: "cache-rewritten",
      nanoUsd: price(cache.read - cache.write, rewritten),
      details: { rewrittenTokens: rewritten },
    });
  }
  return events;
}
