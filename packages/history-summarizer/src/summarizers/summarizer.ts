import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { Rates, Usage } from "@langthrift/core";
import type { PinnedFact } from "../engine/history-summary.ts";

/** What to summarise. */
export interface SummarizeRequest {
  /** The summary that is extended; it is not among the messages. */
  readonly previous?: string;
  readonly messages: readonly BaseMessage[];
  readonly maxTokens: number;
  /** Facts that the text should carry word for word. */
  readonly pins: readonly PinnedFact[];
}

/** What surrounds a call of a summariser. */
export interface SummarizeCallOptions {
  /** Ends the call. @default none */
  readonly signal?: AbortSignal;
  /** Callbacks and metadata of the surrounding run. */
  readonly config?: RunnableConfig;
}

/** A summary, and what it cost. */
export interface SummarizeResult {
  readonly text: string;
  /** `null`: the provider sent none. No model: zeros. */
  readonly usage: Usage | null;
}

/**
 * Port: shortens messages to a text. May throw and may be slow; the caller limits its time, checks the result and goes on without it.
 * Must not change the messages.
 */
export interface Summarizer {
  /** Writes one summary of at most `maxTokens`. May reject: the history is then sent as it is. */
  summarize(request: SummarizeRequest, options: SummarizeCallOptions): Promise<SummarizeResult>;
  /** Written into the summary and used to look up prices. */
  readonly model: string;
  readonly provider?: string;
  /** Fixed prices; else the price book's for `model`. Zero for a summariser that calls no model. */
  readonly rates?: Pick<Rates, "input" | "output">;
  /** The window; what does not fit into 70 % of it is summarised in parts. @default no limit */
  readonly contextTokens?: number;
  /** Its calls are LangChain model calls tagged as overhead, which a ledger sees itself. @default false */
  readonly inLedger?: boolean;
}

/** Whether an object is a summariser, not a model. */
export function isSummarizer(value: unknown): value is Summarizer {
  return typeof (value as { summarize?: unknown } | null)?.summarize === "function";
}
