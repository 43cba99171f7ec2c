import { type NanoUsd, nanoUsd, type Rates, type SavingsEvent, type Usage } from "@langthrift/core";
import type { ResolvedCache } from "./cache-prices.ts";

export type EventFields = Pick<SavingsEvent, "kind" | "reason" | "nanoUsd" | "details"> &
  Partial<Pick<SavingsEvent, "usage" | "model" | "provider" | "latencyMs" | "alreadyInLedger">>;

export interface SavedInput {
  readonly savedTokens: number;
  /** Tokens of the view: overhead, summary, messages, and what was recalled. */
  readonly viewTokens: number;
  /** Of them, originals recalled for this call only. */
  readonly recalledTokens: number;
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
 * a ledger takes it as it is; what was recalled likewise.
 */
export function savedEvents({
  savedTokens: net,
  viewTokens,
  prefixTokens,
  cold,
  switched,
  cache,
  rates,
  recalledTokens,
}: SavedInput): EventFields[] {
  // What is recalled was never in the cache: it is priced apart.
  const savedTokens = net + recalledTokens;
  const caching = cache.minimumTokens > 0 && net + viewTokens >= cache.minimumTokens;
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
      details: { savedTokens, viewTokens: viewTokens - recalledTokens, cold },
    },
  ];
  if (recalledTokens > 0) {
    events.push({
      kind: "avoided",
      reason: "recalled",
      nanoUsd: price(caching ? -cache.write : -1, recalledTokens),
      details: { recalledTokens },
    });
  }
  const rewritten = viewTokens - recalledTokens - prefixTokens;
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
