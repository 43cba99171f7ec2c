import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { HistorySummary } from "../engine/history-summary.ts";
import type { HistorySummarizer } from "../history-summarizer.ts";
import type { AskMainModel } from "../summarizers/prefix-summarizer.ts";

/** Options of {@link viewForModel}. */
export interface ViewForModelOptions {
  /** What plans and summarises. */
  readonly summarizer: HistorySummarizer;
  /** Which conversation the call belongs to. Without one nothing is shortened: summaries of strangers must not meet. */
  readonly session: string | undefined;
  /** The model that will be called, for prices. @default the summarizer's `mainModel` */
  readonly model?: string | undefined;
  /** Its provider, for prices. @default the summarizer's */
  readonly provider?: string | undefined;
  /** Its window, in tokens, for triggers by fraction. @default unknown */
  readonly contextTokens?: number | undefined;
  /** Tokens of tools sent beside the messages. The messages hold the system prompt. @default 0 */
  readonly overheadTokens?: number;
  /** Lets the main model summarise on its own cached prefix (`payback.reusePrefix`). @default it cannot be asked */
  readonly askMain?: AskMainModel | undefined;
  /** The config of the call: its callbacks see the summariser's run and the events. @default none */
  readonly config?: RunnableConfig | undefined;
  /** Ends the summary with the call. @default the config's */
  readonly signal?: AbortSignal | undefined;
}

/** What to send, and what that saves. */
export interface ModelView {
  /** The shortened messages, or the given ones in a new array. */
  readonly messages: BaseMessage[];
  /** Estimated; below 0 where the summary is longer than what it replaces. */
  readonly savedTokens: number;
  readonly summary: HistorySummary | undefined;
  readonly decisionId: string | undefined;
}

/**
 * For wrappers of a chat model: turns the messages of ONE call into the shortened view. Summaries are kept by session in the summariser's
 * store; in background mode the next call profits. Fails open: on any fault of ours the messages come back as they were.
 * Rejects only when `signal` was aborted.
 */
export async function viewForModel(messages: readonly BaseMessage[], options: ViewForModelOptions): Promise<ModelView> {
  const { summarizer, session, overheadTokens = 0, ...call } = options;
  const untouched: ModelView = { messages: [...messages], savedTokens: 0, summary: undefined, decisionId: undefined };
  if (session === undefined || session === "") return untouched;
  try {
    const shown = await summarizer.prepare({ ...call, session, messages, overheadTokens });
    return {
      messages: shown.messages,
      savedTokens: shown.fullTokens - shown.viewTokens,
      summary: shown.summary,
      decisionId: shown.decisionId,
    };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return untouched;
  }
}
