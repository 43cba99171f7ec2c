import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { HistorySummary } from "./engine/history-summary.ts";
import type { Plan, PlanReason } from "./engine/plan-context.ts";
import { type HistorySummarizerOptions, validateOptions } from "./history-summarizer-options.ts";
import { SummarizerEngine } from "./runtime/summarizer-engine.ts";
import type { AskMainModel } from "./summarizers/prefix-summarizer.ts";
import type { SummaryStore } from "./stores/summary-store.ts";

/** One model call that is about to be made. */
export interface HistoryCall {
  /** Whose history it is; sessions never share a summary. */
  readonly session: string;
  /** The whole history, oldest first. Never changed. */
  readonly messages: readonly BaseMessage[];
  /** Tokens sent beside the messages: system prompt, tools. @default learned from the provider's usage */
  readonly overheadTokens?: number | undefined;
  /** The model called. @default the option `mainModel`, else the model of the last answer */
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly contextTokens?: number | undefined;
  /** When the session's last call was, ms since epoch, where the caller knows better than this process. */
  readonly lastCallAt?: number | undefined;
  readonly config?: RunnableConfig | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Lets the main model summarise on its own cached prefix (`payback.reusePrefix`). @default it cannot be asked */
  readonly askMain?: AskMainModel | undefined;
  /** Where this session's summary is, if not in the option's store. */
  readonly store?: SummaryStore | undefined;
}

/** What to send, and what it rests on. */
export interface HistoryView {
  /** What to send instead. New array, same message objects. */
  readonly messages: BaseMessage[];
  readonly summary: HistorySummary | undefined;
  /** Estimated tokens of the history and of the view, system prompt and tools included. */
  readonly fullTokens: number;
  readonly viewTokens: number;
  /** Of the view: originals recalled for this call. */
  readonly recalledTokens: number;
  /** Joins the events of this call. */
  readonly decisionId: string;
}

/** Why a call got no new summary. */
export type RefreshOutcome = PlanReason | "written" | "lost-race" | "backing-off" | "failed" | "store-failed";

/** The summary after a refresh, and what the refresh did. */
export interface Refreshed {
  readonly summary: HistorySummary | undefined;
  readonly outcome: RefreshOutcome;
  readonly plan?: Plan;
}

/** Decides, summarises and shows; what the adapters share. No method rejects but for an aborted signal of the caller. */
export interface HistorySummarizer {
  /** `refresh` (unless the mode is `background`), then `show`; in background mode the work starts after it. */
  prepare(call: HistoryCall): Promise<HistoryView>;
  /** Loads the session's summary and writes a new one if that pays. */
  refresh(call: HistoryCall): Promise<Refreshed>;
  /** The same without waiting; at most one for a session at a time. */
  refreshLater(call: HistoryCall): void;
  /** The view for a call, and the events about what it avoids. */
  show(call: HistoryCall, summary: HistorySummary | undefined): Promise<HistoryView>;
  /** The session's summary; `undefined` also when the store fails. */
  load(session: string): Promise<HistorySummary | undefined>;
  /** Waits for background work. */
  flush(): Promise<void>;
  /** Forgets a session's summary and state. */
  forget(session: string): Promise<void>;
  readonly mode: "inline" | "background";
  readonly store: SummaryStore;
  /** Failures survived, by reason. */
  readonly failures: Readonly<Record<string, number>>;
}

/** @throws {InvalidOptionError} when an option cannot work. */
export function createHistorySummarizer(options: HistorySummarizerOptions = {}): HistorySummarizer {
  validateOptions(options);
  return new SummarizerEngine(options);
}
