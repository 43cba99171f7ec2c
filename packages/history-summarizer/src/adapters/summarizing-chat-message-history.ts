import { BaseListChatMessageHistory } from "@langchain/core/chat_history";
import type { BaseMessage } from "@langchain/core/messages";
import { InvalidOptionError } from "@langthrift/core";
import { isSummaryMessage } from "../engine/summary-message.ts";
import { createHistorySummarizer, type HistorySummarizer } from "../history-summarizer.ts";
import type { HistorySummarizerOptions } from "../history-summarizer-options.ts";
import { recallMessages } from "../recall/recall.ts";

/** Options of {@link SummarizingChatMessageHistory}. */
export interface SummarizingChatMessageHistoryOptions extends HistorySummarizerOptions {
  /** Where the messages are; any LangChain history. It is only appended to, and cleared by `clear`. */
  readonly inner: BaseListChatMessageHistory;
  /** Names the conversation; summaries are kept under it. */
  readonly sessionId: string;
  /** Shared by the histories of many sessions. @default one of its own, from the other options */
  readonly summarizer?: HistorySummarizer;
}

/**
 * A history that gives a model less to read: `getMessages` returns the view, `getAllMessages` every message.
 * Make one for each request, as `RunnableWithMessageHistory` does; the summaries are in the store.
 *
 * `RunnableWithMessageHistory` without `historyMessagesKey` cuts the new messages off by the length of a second `getMessages`, so the
 * view is held from the first `getMessages` until messages are added.
 */
export class SummarizingChatMessageHistory extends BaseListChatMessageHistory {
  lc_namespace: string[] = ["langthrift", "history_summarizer"];
  readonly #inner: BaseListChatMessageHistory;
  readonly #session: string;
  readonly #summarizer: HistorySummarizer;
  #snapshot: Promise<BaseMessage[]> | undefined;

  /** @throws {InvalidOptionError} when an option cannot work. */
  constructor(options: SummarizingChatMessageHistoryOptions) {
    // Nothing is handed to `Serializable`, which would keep the options, clients and keys among them.
    super();
    const { inner, sessionId, summarizer, ...rest } = options;
    if (typeof sessionId !== "string" || sessionId === "") {
      throw new InvalidOptionError("`sessionId` is empty. Pass the id of the conversation, so that no two share a summary.");
    }
    this.#inner = inner;
    this.#session = sessionId;
    this.#summarizer = summarizer ?? createHistorySummarizer(rest);
  }

  override async getMessages(): Promise<BaseMessage[]> {
    this.#snapshot ??= this.#view();
    try {
      return [...(await this.#snapshot)];
    } catch (error) {
      this.#snapshot = undefined;
      throw error;
    }
  }

  /** Every message, summarised or not. */
  async getAllMessages(): Promise<BaseMessage[]> {
    return [...(await this.#inner.getMessages())];
  }

  /** The originals that fit the query, with their neighbours. */
  async recall(query: string, k: number = 4): Promise<BaseMessage[]> {
    return recallMessages(await this.#inner.getMessages(), query, { hits: k });
  }

  override addMessage(message: BaseMessage): Promise<void> {
    return this.addMessages([message]);
  }

  override async addMessages(messages: BaseMessage[]): Promise<void> {
    const snapshot = await this.#snapshot?.catch(() => undefined);
    this.#snapshot = undefined;
    // A caller that hands back what it was shown must not store it twice, and the summary is no message of the conversation.
    const shown = new Set<unknown>(snapshot);
    const ids = new Set(snapshot?.flatMap(({ id }) => (id === undefined ? [] : [id])));
    const fresh = messages.filter(
      (message) => !isSummaryMessage(message) && !shown.has(message) && !(message.id !== undefined && ids.has(message.id)),
    );
    if (fresh.length > 0) await this.#inner.addMessages(fresh);
    if (this.#summarizer.mode === "background") {
      const all = await this.#inner.getMessages().catch(() => undefined);
      if (all) this.#summarizer.refreshLater({ session: this.#session, messages: [...all] });
    }
  }

  /** Forgets the messages and the summary. */
  override async clear(): Promise<void> {
    this.#snapshot = undefined;
    await this.#inner.clear();
    await this.#summarizer.forget(this.#session);
  }

  /** Waits for background work. */
  flush(): Promise<void> {
    return this.#summarizer.flush();
  }

  async #view(): Promise<BaseMessage[]> {
    // A copy: some histories return their own array.
    const call = { session: this.#session, messages: [...(await this.#inner.getMessages())] };
    if (this.#summarizer.mode === "inline") return (await this.#summarizer.prepare(call)).messages;
    return (await this.#summarizer.show(call, await this.#summarizer.load(this.#session))).messages;
  }
}
