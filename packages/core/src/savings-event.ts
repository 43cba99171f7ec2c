import { asRecord } from "./as-record.ts";
import type { JsonValue } from "./json-value.ts";
import type { NanoUsd } from "./money.ts";
import type { Usage } from "./usage.ts";

/** The name under which events go through LangChain's callbacks (`handleCustomEvent`). */
export const SAVINGS_EVENT = "langthrift:savings";
/** Tag of model calls that a strategy makes for itself: summaries, judgements, drafts. */
export const OVERHEAD_TAG = "langthrift:overhead";
/** Tag of calls answered by a distilled student. */
export const STUDENT_TAG = "langthrift:student";
/** Set to `true` on an embeddings or vector store object whose cost the ledger sees itself. */
export const IN_LEDGER: unique symbol = Symbol.for("langthrift.in-ledger") as never;

/** What a strategy avoided or spent, or that it did neither and why. Plain JSON; holds no message text and no secret. */
export interface SavingsEvent {
  readonly version: 1;
  /** Idempotency key: a ledger counts an id once. */
  readonly id: string;
  /** Joins the events, the mark on the answer and feedback of one decision. */
  readonly decisionId: string;
  readonly strategy: "semantic-cache" | "model-router" | "history-summarizer" | "prompt-compressor" | "distillation" | (string & {});
  /** `notice` has no money: passed on, failed open, tripped. */
  readonly kind: "avoided" | "overhead" | "notice";
  /** A closed set for each strategy, for example `"hit:semantic"`, `"timeout"`. */
  readonly reason: string;
  /** ms since epoch */
  readonly at: number;
  /** The tokens avoided or spent. */
  readonly usage?: Usage;
  readonly model?: string;
  readonly provider?: string;
  /** `null`: price unknown. Avoided below 0: it cost more. A notice: 0. */
  readonly nanoUsd: NanoUsd | null;
  readonly latencyMs?: number;
  /** Overhead whose model call the ledger sees itself; counts 0 again. */
  readonly alreadyInLedger?: boolean;
  /** The run it was dispatched under. */
  readonly runId?: string;
  /** The model run it belongs to. */
  readonly llmRunId?: string;
  readonly details: Readonly<Record<string, JsonValue>>;
}

/** Whether a value received from a callback is a savings event of this version. */
export function isSavingsEvent(value: unknown): value is SavingsEvent {
  const event = asRecord(value);
  if (!event || event["version"] !== 1) return false;
  const { id, decisionId, strategy, kind, reason, at, nanoUsd, usage, details } = event;
  return (
    isText(id) &&
    isText(decisionId) &&
    isText(strategy) &&
    (kind === "avoided" || kind === "overhead" || kind === "notice") &&
    typeof reason === "string" &&
    Number.isFinite(at) &&
    (nanoUsd === null || Number.isSafeInteger(nanoUsd)) &&
    (usage === undefined || asRecord(usage) !== undefined) &&
    asRecord(details) !== undefined
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
