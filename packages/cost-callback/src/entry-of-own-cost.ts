import { OVERHEAD_TAG, type PriceBook } from "@langthrift/core";
import type { CostEntry, RunLabels } from "./cost-entry.ts";
import { priceCall } from "./price-call.ts";
import type { OwnCost } from "./recorder-types.ts";

export interface OwnCostContext {
  readonly id: string;
  readonly at: number;
  readonly parentId: string | undefined;
  readonly labels: RunLabels;
  readonly prices: PriceBook;
}

/** The ledger's line for a cost that no callback tells of. */
export function entryOfOwnCost(own: OwnCost, { id, at, parentId, labels, prices }: OwnCostContext): CostEntry {
  const { kind, model, provider, usage = null, status = "ok", runName, estimateReasons, latencyMs } = own;
  const price = usage && own.nanoUsd === undefined ? priceCall(prices, { provider, requested: model, usage, at }) : undefined;
  const guessed = estimateReasons !== undefined && estimateReasons.length > 0 && price?.nanoUsd !== null;
  const given = own.nanoUsd !== undefined && own.nanoUsd !== null;
  return {
    version: 1,
    id,
    ...(parentId !== undefined && { parentId }),
    at,
    ...(latencyMs !== undefined && { latencyMs }),
    source: "cost-callback",
    kind,
    ...(provider !== undefined && { provider }),
    model,
    usage,
    nanoUsd: own.nanoUsd !== undefined ? own.nanoUsd : (price?.nanoUsd ?? null),
    status,
    breakdown: price?.breakdown ?? {},
    priceSource: price?.source ?? (given ? "override" : "none"),
    confidence: guessed && (price || given) ? "estimated" : (price?.confidence ?? (given ? "exact" : "unknown")),
    catalogVersion: prices.catalogVersion,
    attempt: 1,
    overhead: labels.tags.includes(OVERHEAD_TAG),
    ...(estimateReasons && estimateReasons.length > 0 && { estimateReasons }),
    ...labels,
    ...(runName !== undefined && { runName }),
  };
}
