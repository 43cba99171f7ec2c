import type { BaseMessage } from "@langchain/core/messages";
import { type CallRecord, type NanoUsd, OVERHEAD_TAG, type PriceBook, type RunModel, type Usage } from "@langthrift/core";
import type { AvoidedCost, CostEntry, RunLabels } from "./cost-entry.ts";
import type { EstimateReason } from "./estimate-reason.ts";
import { priceCall } from "./price-call.ts";
import type { LlmState, RunNode } from "./run-node.ts";
import { recordOf, textOf } from "./unknown-record.ts";

/** How a model call ended. */
export interface CallOutcome {
  readonly status: CallRecord["status"];
  readonly usage: Usage | null;
  readonly message?: BaseMessage | undefined;
  readonly avoided?: AvoidedCost | undefined;
  readonly reasons: readonly EstimateReason[];
}

export interface CallContext {
  readonly prices: PriceBook;
  readonly labels: RunLabels;
  /** Monotonic, ms. */
  readonly endedAt: number;
}

/** The ledger's line for a model call. */
export function entryOfCall(
  node: RunNode,
  state: LlmState,
  model: RunModel,
  { status, usage, message, avoided, reasons }: CallOutcome,
  { prices, labels, endedAt }: CallContext,
): CostEntry {
  const free = status === "cached" || status === "refused" || usage === null;
  const price = free ? undefined : priceCall(prices, { ...model, usage, at: node.at });
  const allReasons = status === "ok" && tierWasGuessed(model, message) ? [...reasons, "served-tier-not-reported" as const] : reasons;
  const response = recordOf(message?.response_metadata);
  const finishReason = textOf(response?.["finish_reason"]) ?? textOf(response?.["finishReason"]) ?? textOf(response?.["stop_reason"]);
  return {
    version: 1,
    id: node.id,
    ...(node.parentId !== undefined && { parentId: node.parentId }),
    at: node.at,
    latencyMs: toMicroseconds(endedAt - node.startedAt),
    ...(state.firstTokenAt !== undefined && { firstTokenMs: toMicroseconds(state.firstTokenAt - node.startedAt) }),
    source: "cost-callback",
    kind: "llm",
    ...(model.provider !== undefined && { provider: model.provider }),
    model: model.served ?? model.requested ?? "unknown",
    ...(model.requested !== undefined && { requestedModel: model.requested }),
    ...(model.tier !== undefined && { tier: model.tier }),
    usage,
    nanoUsd: free ? (0 as NanoUsd) : (price?.nanoUsd ?? null),
    status,
    ...(finishReason !== undefined && { finishReason }),
    breakdown: price?.breakdown ?? {},
    priceSource: price?.source ?? "none",
    confidence: free ? "exact" : allReasons.length > 0 && price?.nanoUsd !== null ? "estimated" : (price?.confidence ?? "unknown"),
    catalogVersion: prices.catalogVersion,
    attempt: state.attempt,
    ...(state.retryOf !== undefined && { retryOf: state.retryOf }),
    overhead: labels.tags.includes(OVERHEAD_TAG),
    ...(avoided && { avoided: [avoided] }),
    ...(allReasons.length > 0 && { estimateReasons: allReasons }),
    ...labels,
  };
}

/** Whether only the request names a tier that is not the ordinary one. */
function tierWasGuessed({ tier }: RunModel, message: BaseMessage | undefined): boolean {
  if (tier === undefined || tier === "default") return false;
  const response = recordOf(message?.response_metadata);
  return (response?.["service_tier"] ?? recordOf(response?.["usage"])?.["service_tier"]) === undefined;
}

function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
