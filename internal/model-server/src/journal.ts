import type { JournalRequest } from "./model-request.ts";
import type { TokenUsage } from "./token-usage.ts";

/** One request and what became of it. */
export interface JournalEntry {
  readonly request: JournalRequest;
  /** When it arrived, ms since epoch. */
  readonly at: number;
  /**
   * "pending" until the answer is out; "error": a status from 400 on; "cut": the server dropped the connection on purpose;
   * "aborted": the client went away.
   */
  readonly outcome: "pending" | "ok" | "error" | "cut" | "aborted";
  /** HTTP status sent, `null` when none was. */
  readonly status: number | null;
  /** Where the answer came from. "server": refused before any rule was asked (bad request, context too long). */
  readonly source: "script" | "rule" | "model" | "default" | "server" | null;
  /** The id of the completion or response. */
  readonly id: string | null;
  /** The first choice's text, "" for a pure tool call, `null` when nothing was answered. */
  readonly text: string | null;
  readonly toolNames: readonly string[];
  /** The tier that served. */
  readonly serviceTier: string | null;
  /** What is billed: nothing for errors and a cut "before"; for streams cut or aborted, the input and what was sent. */
  readonly usage: TokenUsage | null;
  /** Nano-dollars; `null` when nothing is billed or the model has no rates. */
  readonly nanoUsd: number | null;
}

export type MutableEntry = { -readonly [Key in keyof JournalEntry]: JournalEntry[Key] };

export function newEntry(request: JournalRequest, at: number): MutableEntry {
  return {
    request,
    at,
    outcome: "pending",
    status: null,
    source: null,
    id: null,
    text: null,
    toolNames: [],
    serviceTier: null,
    usage: null,
    nanoUsd: null,
  };
}
