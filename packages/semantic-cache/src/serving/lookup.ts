import type { RunnableConfig } from "@langchain/core/runnables";
import type { CacheDecision, CacheKind, CacheReason } from "../cache-decision.ts";
import type { CacheKey } from "../cache-key.ts";
import type { CacheEntry } from "../cache-store.ts";
import type { EntryRecord } from "../cached-response.ts";
import type { CandidateEvidence } from "../policy/candidate-evidence.ts";
import type { Agreement } from "../policy/hit-policy.ts";

/** What a caller may pass along with a query. */
export interface CacheCall {
  readonly signal?: AbortSignal | undefined;
  /** Callbacks for events and for judges' model calls. */
  readonly config?: RunnableConfig | undefined;
}

/** The neighbour that a lookup decided about, to be judged once the model has answered. */
export interface Candidate {
  readonly entry: CacheEntry;
  readonly record: EntryRecord;
  readonly similarity: number;
  readonly agreement: Agreement;
  readonly evidence: CandidateEvidence;
  /** Whether the guards have seen it. */
  readonly guarded: boolean;
  readonly label: "miss" | "audit" | "refresh" | null;
}

/** Where the time and money of a lookup went. */
export interface LookupWork {
  embedded: boolean;
  embedMs: number;
  judged: boolean;
  judgeMs: number;
}

export interface Lookup {
  readonly decision: CacheDecision;
  readonly work: LookupWork;
  /** Absent on a bypass. */
  readonly key?: CacheKey;
  readonly question?: string;
  readonly record?: EntryRecord;
  readonly candidate?: Candidate;
}

/** What was decided, before it is counted and given an id. */
export type Outcome = Pick<Lookup, "record" | "candidate"> & {
  readonly kind: CacheKind;
  readonly reason: CacheReason;
  readonly entry?: CacheEntry;
  readonly similarity?: number;
  readonly confidence?: number;
};
