import type { NanoUsd } from "@langthrift/core";
import type { AdmissionRefusal } from "./admission.ts";
import type { CacheKind, CacheReason } from "./cache-decision.ts";
import type { PolicyStatus } from "./policy/hit-policy.ts";

/** Counted since construction, in this process. */
export interface CacheStats {
  readonly lookups: number;
  readonly kinds: Readonly<Record<CacheKind, number>>;
  readonly reasons: Readonly<Partial<Record<CacheReason, number>>>;
  /** Served share of the lookups that were not bypassed; `null` before the first. */
  readonly hitRate: number | null;
  readonly stored: number;
  /** Answers that were not kept, by reason. */
  readonly notStored: Readonly<Partial<Record<AdmissionRefusal, number>>>;
  /** Failures that were survived, by reason. */
  readonly failures: Readonly<Record<string, number>>;
  readonly avoidedNanoUsd: NanoUsd;
  /** Embedding and judging. */
  readonly overheadNanoUsd: NanoUsd;
  /** Hits whose price is unknown; not in `avoidedNanoUsd`. */
  readonly unknownPrices: number;
  readonly savedMs: number;
  readonly lookupMs: number;
  readonly judged: Readonly<Record<"same" | "different" | "unsure", number>>;
  /** Judgements dropped because too many were waiting. */
  readonly judgementsDropped: number;
  readonly refreshes: number;
  readonly policy: PolicyStatus;
  /** Only in shadow mode: what would have been served. */
  readonly shadowHits: number;
}

/** The counters behind `CacheStats`. */
export class Counters {
  lookups = 0;
  stored = 0;
  avoidedNanoUsd = 0;
  overheadNanoUsd = 0;
  unknownPrices = 0;
  savedMs = 0;
  lookupMs = 0;
  refreshes = 0;
  shadowHits = 0;
  readonly kinds: Record<CacheKind, number> = { exact: 0, semantic: 0, stale: 0, coalesced: 0, miss: 0, bypass: 0 };
  readonly reasons: Partial<Record<CacheReason, number>> = {};
  readonly notStored: Partial<Record<AdmissionRefusal, number>> = {};
  readonly judged: Record<"same" | "different" | "unsure", number> = { same: 0, different: 0, unsure: 0 };

  decided(kind: CacheKind, reason: CacheReason, latencyMs: number): void {
    this.lookups += 1;
    this.kinds[kind] += 1;
    this.reasons[reason] = (this.reasons[reason] ?? 0) + 1;
    this.lookupMs += latencyMs;
  }

  refused(reason: AdmissionRefusal): void {
    this.notStored[reason] = (this.notStored[reason] ?? 0) + 1;
  }

  get hitRate(): number | null {
    const { exact, semantic, stale, coalesced, miss } = this.kinds;
    const hits = exact + semantic + stale + coalesced;
    return hits + miss === 0 ? null : hits / (hits + miss);
  }
}
