import { type NanoUsd, nanoUsd, type RoutingDecision, type SavingsEvent, type Usage } from "@langthrift/core";
import type { ResolvedCandidate } from "../router/resolve-candidates.ts";

/** How a request ended. */
export interface CascadeResult {
  readonly decision: RoutingDecision;
  readonly served: ResolvedCandidate;
  readonly final: ResolvedCandidate;
  /** Of the served answer; `null`: the provider did not say. */
  readonly usage: Usage | null;
  readonly cached: boolean;
  /** Price of the drafts that were thrown away; `null` when one is unknown. */
  readonly wasted: NanoUsd | null;
  readonly drafts: number;
  readonly llmRunId?: string | undefined;
  readonly runId?: string | undefined;
  readonly id: string;
  readonly at: number;
}

/**
 * Against asking the final candidate at once: an accepted draft avoided its price on the draft's tokens; a rejected one was paid for nothing,
 * which is an avoided amount below 0. Model runs, scorers' included, are in the ledger already.
 */
export function cascadeEvent(result: CascadeResult): SavingsEvent {
  const { decision, served, final, usage, cached, wasted, drafts, llmRunId, runId, id, at } = result;
  const escalated = served === final;
  let amount: NanoUsd | null = wasted === null ? null : nanoUsd(0 - wasted);
  if (!escalated && !cached) {
    const difference = usage && priceDifference(final, served, usage);
    amount = amount === null || difference === null ? null : nanoUsd(amount + difference);
  }
  const none = amount === 0;
  return {
    version: 1,
    id,
    decisionId: decision.id,
    strategy: "model-router",
    kind: none ? "notice" : "avoided",
    reason: escalated ? (drafts > 0 ? "escalated" : "direct") : "draft-accepted",
    at,
    model: served.modelId ?? served.name,
    ...(served.provider !== undefined && { provider: served.provider }),
    nanoUsd: none ? nanoUsd(0) : amount,
    latencyMs: decision.latencyMs,
    ...(runId !== undefined && { runId }),
    ...(llmRunId !== undefined && { llmRunId }),
    details: { candidate: served.name, default: final.name, decision: decision.reason, drafts, wastedNanoUsd: wasted },
  };
}

function priceDifference(a: ResolvedCandidate, b: ResolvedCandidate, usage: Usage): NanoUsd | null {
  const [first, second] = [a.priceOf(usage), b.priceOf(usage)];
  return first === null || second === null ? null : nanoUsd(first - second);
}
