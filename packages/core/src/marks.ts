import type { BaseMessage } from "@langchain/core/messages";
import { asRecord, asText } from "./as-record.ts";
import type { JsonValue } from "./json-value.ts";
import type { NanoUsd } from "./money.ts";
import { normalizeUsage, type Usage } from "./usage.ts";

/** How the semantic cache marks an answer that it served: `response_metadata.semanticCache`. */
export interface CacheMark {
  readonly kind: "exact" | "semantic" | "stale" | "coalesced";
  readonly entryId: string;
  readonly decisionId: string;
  /** Cosine, higher is closer. */
  readonly similarity?: number;
  readonly confidence?: number;
  /** What the stored answer had used; `null` when its provider did not say. */
  readonly savedUsage: Usage | null;
}

/** How the model router marks an answer: `response_metadata.router`. */
export interface RoutingDecision {
  /** The decisionId of its savings events. */
  readonly id: string;
  /** The candidate's name. */
  readonly model: string;
  readonly policy: string;
  readonly reason: string;
  readonly score?: number;
  readonly threshold?: number;
  readonly confidence?: number;
  readonly signals?: Readonly<Record<string, JsonValue>>;
  readonly sticky?: boolean;
  /** Candidates that failed before this one answered. */
  readonly fallbackFrom?: readonly string[];
  readonly latencyMs: number;
  readonly considered?: readonly RoutingCandidateView[];
}

/** A candidate as a decision saw it. */
export interface RoutingCandidateView {
  readonly model: string;
  readonly quality?: number;
  /** Price of this request there; `null` when unknown. */
  readonly nanoUsd: NanoUsd | null;
  /** Why it could not be chosen. */
  readonly excluded?: string;
}

/** The cache's mark, validated, because a history may be forged; `undefined` when there is none. */
export function cacheMark(message: BaseMessage): CacheMark | undefined {
  const mark = asRecord(asRecord(message.response_metadata)?.["semanticCache"]);
  const kind = mark?.["kind"];
  const entryId = asText(mark?.["entryId"]);
  const decisionId = asText(mark?.["decisionId"]);
  if (kind !== "exact" && kind !== "semantic" && kind !== "stale" && kind !== "coalesced") return undefined;
  if (entryId === undefined || decisionId === undefined) return undefined;
  const usage = asRecord(mark?.["savedUsage"]);
  const similarity = mark?.["similarity"];
  const confidence = mark?.["confidence"];
  return {
    kind,
    entryId,
    decisionId,
    ...(isFiniteNumber(similarity) && { similarity }),
    ...(isFiniteNumber(confidence) && { confidence }),
    savedUsage: usage ? normalizeUsage(usage) : null,
  };
}

/** The router's mark, validated alike. */
export function routingMark(message: BaseMessage): RoutingDecision | undefined {
  const mark = asRecord(asRecord(message.response_metadata)?.["router"]);
  const id = asText(mark?.["id"]);
  const model = asText(mark?.["model"]);
  const policy = asText(mark?.["policy"]);
  const reason = mark?.["reason"];
  const latencyMs = mark?.["latencyMs"];
  if (id === undefined || model === undefined || policy === undefined || typeof reason !== "string" || !isFiniteNumber(latencyMs)) {
    return undefined;
  }
  return mark as unknown as RoutingDecision;
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
