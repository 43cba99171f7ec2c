import type { CallRecord, NanoUsd, PriceResult, TokenKind } from "@langthrift/core";

/** One line of the ledger: a model call, an embedding, a vector store operation or a tool, priced. A valid `CallRecord` (traffic log). */
export interface CostEntry extends CallRecord {
  /** `null`: no price is known. */
  readonly nanoUsd: NanoUsd | null;
  /** The parts of `nanoUsd`; each is rounded for itself. */
  readonly breakdown: Partial<Record<TokenKind, NanoUsd>>;
  readonly priceSource: PriceResult["source"];
  readonly confidence: PriceResult["confidence"];
  readonly catalogVersion: string;
  /** 1 for a first try; a retry or a fallback counts on. */
  readonly attempt: number;
  /** The entry that failed and led to this one. */
  readonly retryOf?: string;
  /** A strategy made this call for itself. */
  readonly overhead: boolean;
  /** What this answer avoided, as far as its own marks say. */
  readonly avoided?: readonly AvoidedCost[];
  /** Why `usage` or the price is an estimate: what the provider or its client library did not say. */
  readonly estimateReasons?: readonly string[];
  /** Names of the runs above this one, the nearest first. */
  readonly chain: readonly string[];
  /** Agent step: LangGraph's node. */
  readonly step?: string;
}

/** What one strategy avoided on a call; `null` where no price is known. */
export interface AvoidedCost {
  readonly strategy: string;
  readonly nanoUsd: NanoUsd | null;
}

/** A savings event as the ledger keeps it, with the labels of the run it came from. */
export interface SavingsRecord {
  readonly version: 1;
  readonly id: string;
  readonly decisionId: string;
  readonly strategy: string;
  readonly at: number;
  readonly avoidedNanoUsd: number;
  readonly overheadNanoUsd: number;
  /** Overhead whose cost no entry of the ledger holds. */
  readonly spentNanoUsd: number;
  /** Overhead that the strategy caused and that an entry already holds; only for the strategy's own line. */
  readonly attributedNanoUsd: number;
  readonly unknownPrices: number;
  /** 1 for an event, -1 for one that is taken back. */
  readonly events: number;
  readonly reason: string;
  readonly model?: string;
  readonly provider?: string;
  readonly labels: RunLabels;
}

/** What a cost can be asked by. */
export interface RunLabels {
  readonly rootId?: string;
  readonly runName?: string;
  readonly chain: readonly string[];
  readonly step?: string;
  readonly tags: readonly string[];
  readonly userId?: string;
  readonly sessionId?: string;
  readonly tenant?: string;
  readonly feature?: string;
  /** Only the keys that the `labels` option allows. */
  readonly metadata?: CallRecord["metadata"];
}

export const noLabels: RunLabels = { chain: [], tags: [] };
