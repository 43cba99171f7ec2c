import type { JsonValue, NanoUsd, Usage } from "@langthrift/core";
import type { CandidateCapabilities } from "./candidate.ts";
import type { RouteContext } from "./route-context.ts";

/** A candidate as a policy sees it. */
export interface CandidateView {
  readonly name: string;
  /** Higher is stronger. */
  readonly tier: number;
  readonly capabilities: CandidateCapabilities;
  /** The price of a usage there; `null` when unknown. */
  priceOf(usage: Usage): NanoUsd | null;
}

/** What a policy saw; stands in the decision, whether it picked or abstained. */
export interface PolicyEvidence {
  readonly score?: number;
  /** What the score was held against. */
  readonly threshold?: number;
  /** 0 to 1. */
  readonly confidence?: number;
  /** No message text, no secret: decisions go into answers, events and logs. */
  readonly signals?: Readonly<Record<string, JsonValue>>;
  /** Expected quality by candidate, 0 to 1. */
  readonly quality?: Readonly<Record<string, number>>;
}

/** A policy either picks, or says that it has no evidence. Silence never means "simple". */
export type PolicyResult =
  | ({ readonly kind: "abstain"; readonly reason: string } & PolicyEvidence)
  | ({
      readonly kind: "pick";
      /** A candidate's name. */
      readonly model: string;
      readonly reason: string;
    } & PolicyEvidence);

/** A model call that a policy made to decide. */
export interface PolicyOverhead {
  /** What for, e.g. `"llm-router"`: the event's reason. */
  readonly reason: string;
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  /** `null`: the provider did not say. */
  readonly usage: Usage | null;
  readonly latencyMs: number;
}

/** Decides which candidate should answer. */
export interface RoutingPolicy {
  readonly name: string;
  /** Its own time limit in ms, where it is longer than the router's `decideTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Candidates that it names by itself; the router checks at construction that they exist and, with `needsPrices`, that they are priced. */
  readonly models?: readonly string[];
  readonly needsPrices?: boolean;
  /** `eligible` is never empty and holds only candidates that can serve the request, weakest first. May throw or be slow: the router then takes its default. */
  decide(context: RouteContext, eligible: readonly CandidateView[]): PolicyResult | Promise<PolicyResult>;
  /** A reward of 0 to 1 for an earlier decision. */
  recordFeedback?(decisionId: string, reward: number): void | Promise<void>;
  /** Called when a candidate begins to answer, whoever chose it: the decision's id, and the candidate that serves it after any fallback. */
  onDecision?(decisionId: string, context: RouteContext, model: string): void | Promise<void>;
}
