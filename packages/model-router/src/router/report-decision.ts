import { type NanoUsd, nanoUsd, type RoutingDecision, type SavingsEvent, type Usage } from "@langthrift/core";
import type { PolicyOverhead } from "../routing-policy.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";

export interface DecisionReport {
  readonly decision: RoutingDecision;
  readonly served: ResolvedCandidate;
  readonly defaultCandidate: ResolvedCandidate;
  /** `null`: the provider did not say. */
  readonly usage: Usage | null;
  readonly cached: boolean;
  readonly llmRunId?: string | undefined;
  readonly runId?: string | undefined;
  readonly id: string;
  readonly at: number;
}

/**
 * What a decision was worth: the default candidate's price less the served one's, on the tokens really used; below 0 when the served one was
 * dearer. Where nothing was decided against the default, or nothing was billed, a notice.
 */
export function decisionEvent({
  decision,
  served,
  defaultCandidate,
  usage,
  cached,
  llmRunId,
  runId,
  id,
  at,
}: DecisionReport): SavingsEvent {
  const base = {
    version: 1,
    id,
    decisionId: decision.id,
    strategy: "model-router",
    at,
    model: served.modelId ?? served.name,
    ...(served.provider !== undefined && { provider: served.provider }),
    latencyMs: decision.latencyMs,
    ...(runId !== undefined && { runId }),
    ...(llmRunId !== undefined && { llmRunId }),
  } as const;
  const details = {
    candidate: served.name,
    default: defaultCandidate.name,
    policy: decision.policy,
    decision: decision.reason,
    ...(decision.fallbackFrom && { fallbackFrom: decision.fallbackFrom }),
    ...(usage?.inputTokens !== undefined && { inputTokens: usage.inputTokens }),
    ...(usage?.outputTokens !== undefined && { outputTokens: usage.outputTokens }),
  };
  const zero = nanoUsd(0);
  if (cached) return { ...base, kind: "notice", reason: "cached", nanoUsd: zero, details };
  if (served === defaultCandidate) return { ...base, kind: "notice", reason: "default", nanoUsd: zero, details };
  const amount = usage ? difference(defaultCandidate.priceOf(usage), served.priceOf(usage)) : null;
  const reason = amount === null ? "price-unknown" : amount > 0 ? "cheaper" : amount < 0 ? "dearer" : "same-price";
  // No `usage`: no token was avoided, and a ledger that priced it would take the whole answer for saved.
  return { ...base, kind: "avoided", reason, nanoUsd: amount, details };
}

export interface OverheadReport extends PolicyOverhead {
  readonly decisionId: string;
  readonly price: NanoUsd | null;
  readonly runId?: string | undefined;
  readonly id: string;
  readonly at: number;
}

/** What a policy's own model call cost. The call itself is a model run under the same callbacks: `alreadyInLedger`. */
export function overheadEvent({
  decisionId,
  reason,
  model,
  provider,
  usage,
  price,
  latencyMs,
  runId,
  id,
  at,
}: OverheadReport): SavingsEvent {
  return {
    version: 1,
    id,
    decisionId,
    strategy: "model-router",
    kind: "overhead",
    reason,
    at,
    ...(usage && { usage }),
    ...(model !== undefined && { model }),
    ...(provider !== undefined && { provider }),
    nanoUsd: price,
    latencyMs,
    alreadyInLedger: true,
    ...(runId !== undefined && { runId }),
    details: {},
  };
}

function difference(a: NanoUsd | null, b: NanoUsd | null): NanoUsd | null {
  return a === null || b === null ? null : nanoUsd(a - b);
}
