import type { BypassReason } from "./cache-query.ts";
import type { CacheEntry } from "./cache-store.ts";
import type { CachedResponse } from "./cached-response.ts";

/** How a request was answered. */
export type CacheKind = "exact" | "semantic" | "stale" | "coalesced" | "miss" | "bypass";

/** Why a decision fell as it did. */
export type CacheReason =
  | "hit:exact"
  | "hit:semantic"
  | "hit:judge"
  | "hit:stale"
  | "hit:coalesced"
  | "empty"
  | "below-floor"
  | "learning"
  | "tripped"
  | "audit"
  | "shadow"
  | "blocked"
  | "judge:different"
  | "judge:unsure"
  | "judge:failed"
  | "too-long"
  | "bad-vector"
  | "unreadable"
  | "timeout"
  | "breaker-open"
  | "embedding-failed"
  | "store-failed"
  | `guard:${string}`
  | `bypass:${BypassReason}`;

/** What a lookup found, and why. */
export interface CacheDecision {
  /** Joins the savings events, the mark on the answer, and feedback. */
  readonly id: string;
  readonly kind: CacheKind;
  readonly reason: CacheReason;
  /** On a hit: the entry. In shadow mode and on an audit: the entry that would have been served. */
  readonly entry?: CacheEntry;
  /** On a hit: the stored answer. */
  readonly response?: CachedResponse;
  /** Cosine with the entry's question, higher is closer. */
  readonly similarity?: number;
  /** The policy's estimate, from below, that the answer is right. */
  readonly confidence?: number;
  /** How long the lookup took, in ms. */
  readonly latencyMs: number;
}

export function isHit(decision: CacheDecision): decision is CacheDecision & { entry: CacheEntry; response: CachedResponse } {
  return decision.response !== undefined && decision.kind !== "miss" && decision.kind !== "bypass";
}
