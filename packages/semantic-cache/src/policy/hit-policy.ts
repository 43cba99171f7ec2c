import type { CacheLabel } from "../cache-store.ts";
import type { CandidateEvidence } from "./candidate-evidence.ts";

/**
 * How many of the two neighbours after the candidate hold the candidate's answer: none, one or both; "few" when there are not two.
 * A candidate whose neighbours agree is right more often at the same similarity.
 */
export type Agreement = 0 | 1 | 2 | "few";

/** One candidate that passed the guards. */
export interface PolicyCandidate {
  readonly partition: string;
  /** Partitions of one family (scope and model) learn from each other. */
  readonly family: string;
  readonly entryId: string;
  /** Cosine, -1 to 1. */
  readonly similarity: number;
  readonly agreement: Agreement;
  /** What else is known of it; absent in replays that only have similarities. */
  readonly evidence?: CandidateEvidence;
  /** What is stored of earlier judgements on the entry, oldest first. */
  readonly labels: readonly CacheLabel[];
}

/** What a policy says of a candidate. */
export interface PolicyDecision {
  readonly serve: boolean;
  /** What was compared with the bar. A probability for `verifiedPolicy`, a similarity for `thresholdPolicy`. */
  readonly confidence: number;
  /** Served from this confidence on, from 0 to 1. */
  readonly bar: number;
  readonly reason: "confident" | "below-floor" | "learning" | "tripped";
}

/** A judgement: whether the entry's answer was right for another question. */
export interface PolicyLabel extends CacheLabel {
  readonly partition: string;
  readonly family: string;
  readonly entryId: string;
  readonly agreement: Agreement;
  /** As it was when the candidate was found. */
  readonly evidence?: CandidateEvidence;
}

/** The audited rate of wrong answers among the answers served by meaning. */
export interface PolicyAudit {
  /** Counted, 1,000 at most: the latest. */
  readonly audits: number;
  readonly wrong: number;
  /** `null` without audits. */
  readonly rate: number | null;
  /** 95 %, two-sided, Clopper-Pearson. */
  readonly lower: number;
  readonly upper: number;
}

/** How far a policy is, and how it does. */
export interface PolicyStatus {
  /** "unproven": serving, but the audits do not yet show that the bound holds. */
  readonly phase: "learning" | "serving" | "unproven" | "tripped";
  readonly audit: PolicyAudit;
  /** Judgements seen, a count. */
  readonly labels: number;
}

/** Plain JSON. */
export interface PolicyState {
  readonly version: 1;
  readonly policy: string;
  readonly data: unknown;
}

/**
 * Decides whether a candidate is served. Pure but for what `observe` and `restore` bring: the same labels lead to the same decisions, so
 * traffic can be replayed with similarities computed before.
 */
export interface HitPolicy {
  readonly name: string;
  /** Candidates less similar are not looked at: cosine. */
  readonly floor: number;
  /** A miss whose nearest entry is at least this similar is judged, as the model was called anyway; `null`: never. */
  readonly labelFloor: number | null;
  /** Share of the hits that go to the model all the same, to be judged. */
  readonly auditRate: number;
  /** What the judged-equal answer of a miss becomes: an entry found only by its exact question, or one with a vector of its own. */
  readonly keepAgreeing: "exact" | "vector";
  /** Nearest entries that a lookup reads. @default 4 */
  readonly neighbours?: number;
  /** Whether a candidate is served. Pure but for what `observe` has taught; never throws. */
  decide(candidate: PolicyCandidate): PolicyDecision;
  /** Learns from a judgement. */
  observe(label: PolicyLabel): void;
  /** For `cache.stats()`. */
  status(): PolicyStatus;
  /** What it has learned, to be kept and given to another process. */
  snapshot(): PolicyState;
  /** @throws {InvalidOptionError} for the state of another policy or version. */
  restore(state: PolicyState): void;
}

/** Counts agreement from the groups of the neighbours: the candidate's own, then those of the next two. */
export function agreementOf(group: string, next: readonly string[]): Agreement {
  if (next.length < 2) return "few";
  return (Number(next[0] === group) + Number(next[1] === group)) as 0 | 1 | 2;
}
