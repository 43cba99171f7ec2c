import type { NanoUsd } from "@langthrift/core";

/** A fact that a summary must carry word for word. */
export interface PinnedFact {
  readonly text: string;
  /** What kind of fact, for example "email"; printed before it. */
  readonly label?: string;
}

/** What stands for the first `coveredCount` messages of a conversation. Plain JSON; the messages themselves stay where they are. */
export interface HistorySummary {
  /** 1 for the first summary of a session, then one more each; what compare-and-set compares. */
  readonly version: number;
  readonly text: string;
  readonly facts: readonly PinnedFact[];
  /** Id of the last covered message, where it has one. */
  readonly coveredUpTo?: string;
  readonly coveredCount: number;
  /** Hash of the covered messages; differs when the history was edited or branched. */
  readonly coveredHash: string;
  /** Tokens of the text and facts. */
  readonly tokens: number;
  /** Which summariser wrote it. */
  readonly model: string;
  /** What writing it cost; `null`: price unknown. */
  readonly nanoUsd: NanoUsd | null;
  /** ms since epoch */
  readonly createdAt: number;
  /** How many messages the history had when it was written. */
  readonly writtenAt?: number;
  /** What the conversation had cost above its full history by then, estimated; below 0: saved. */
  readonly overrunNanoUsd?: NanoUsd;
}

/** Whether a value read from a store is a summary. */
export function isHistorySummary(value: unknown): value is HistorySummary {
  if (typeof value !== "object" || value === null) return false;
  const { version, text, facts, coveredUpTo, coveredCount, coveredHash, tokens, model, nanoUsd, createdAt, writtenAt, overrunNanoUsd } =
    value as Record<string, unknown>;
  return (
    isCount(version) &&
    version > 0 &&
    typeof text === "string" &&
    Array.isArray(facts) &&
    facts.every(isPinnedFact) &&
    (coveredUpTo === undefined || typeof coveredUpTo === "string") &&
    isCount(coveredCount) &&
    typeof coveredHash === "string" &&
    isCount(tokens) &&
    typeof model === "string" &&
    (nanoUsd === null || Number.isSafeInteger(nanoUsd)) &&
    Number.isFinite(createdAt) &&
    (writtenAt === undefined || isCount(writtenAt)) &&
    (overrunNanoUsd === undefined || Number.isSafeInteger(overrunNanoUsd))
  );
}

function isPinnedFact(value: unknown): boolean {
  const { text, label } = (value ?? {}) as Record<string, unknown>;
  return typeof text === "string" && (label === undefined || typeof label === "string");
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
