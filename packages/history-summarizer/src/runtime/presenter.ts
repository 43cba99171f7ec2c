import type { BaseMessage } from "@langchain/core/messages";
import type { Clock, FailureLog } from "@langthrift/core";
import { coverageOf } from "../engine/coverage.ts";
import type { HistorySummary } from "../engine/history-summary.ts";
import type { CountMessage } from "../engine/message-tokens.ts";
import { savedEvents } from "../engine/savings.ts";
import { isSummaryMessage, recalledText, summaryText } from "../engine/summary-message.ts";
import { view } from "../engine/view.ts";
import type { HistoryCall, HistoryView } from "../history-summarizer.ts";
import type { HistorySummarizerOptions } from "../history-summarizer-options.ts";
import { recalledOriginals } from "../recall/recalled-originals.ts";
import { messageText, toolCallsOf } from "../text/message-text.ts";
import type { EventSender } from "./event-sender.ts";
import type { MainPrices, Pricing } from "./pricing.ts";
import { requestSize } from "./request-size.ts";
import type { SessionState } from "./session-state.ts";

export interface PresenterOptions extends Pick<HistorySummarizerOptions, "keepMessage" | "placement" | "recall"> {
  readonly countMessage: CountMessage;
  readonly countText: (text: string) => number;
  readonly pricing: Pricing;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: FailureLog;
  readonly send: EventSender;
}

/** Makes the view of a call, and says what it avoids. */
export class Presenter {
  readonly #options: PresenterOptions;

  constructor(options: PresenterOptions) {
    this.#options = options;
  }

  /** Never rejects: on a fault of ours the originals come back. */
  async show(call: HistoryCall, summary: HistorySummary | undefined, state: SessionState): Promise<HistoryView> {
    const decisionId = this.#options.newId();
    try {
      return await this.#show(call, summary, state, decisionId);
    } catch (error) {
      this.#options.log.note("internal", error);
      return { messages: [...call.messages], summary: undefined, fullTokens: 0, viewTokens: 0, recalledTokens: 0, decisionId };
    }
  }

  async #show(call: HistoryCall, summary: HistorySummary | undefined, state: SessionState, decisionId: string): Promise<HistoryView> {
    const { messages } = call;
    const { keepMessage, placement, countMessage, pricing, clock, log, send } = this.#options;
    const coverage = coverageOf(messages, summary);
    if (coverage.state === "changed") log.note("history-changed", new Error("The covered messages differ from those summarised."));
    const options = { ...(keepMessage && { keepMessage }), ...(placement && { placement }), coverage };
    const plain = view(messages, summary, options);
    const { overhead, scale } = requestSize(call, state);
    const sum = (list: readonly BaseMessage[]) =>
      overhead + Math.round(list.reduce((total, message) => total + countMessage(message), 0) * scale);
    const fullTokens = sum(messages);
    const plainTokens = sum(plain);
    const valid = coverage.state === "valid" ? summary : undefined;
    const cold = pricing.isCold(call, state.lastCallAt);
    const prices = pricing.main(call, fullTokens);
    const recalled = valid ? this.#recall(messages, valid, plain, state, { savedTokens: fullTokens - plainTokens, scale, ...prices }) : [];
    const shown = recalled.length === 0 ? plain : view(messages, summary, { ...options, recalled });
    const viewTokens = recalled.length === 0 ? plainTokens : sum(shown);

    const switched = state.shownVersion !== undefined && state.shownVersion !== (valid?.version ?? 0);
    state.lastCallAt = clock.now();
    state.lastRequest = { messages: messages.length, tokens: viewTokens };
    state.shownVersion = valid?.version ?? 0;
    if (valid) {
      const { rates, cache, model, provider } = prices;
      const afterSummary =
        Math.round(this.#options.countText(summaryText(valid)) * scale) + sum(messages.slice(valid.coveredCount)) - overhead;
      const fields = savedEvents({
        savedTokens: fullTokens - viewTokens,
        viewTokens,
        recalledTokens: viewTokens - plainTokens,
        prefixTokens: Math.max(0, plainTokens - afterSummary),
        cold,
        switched,
        cache,
        rates,
      });
      for (const event of fields) {
        await send(
          call,
          {
            ...event,
            ...(model !== undefined && { model }),
            ...(provider !== undefined && { provider }),
            details: { ...event.details, version: valid.version },
          },
          decisionId,
        );
      }
    }
    return { messages: shown, summary: valid, fullTokens, viewTokens, recalledTokens: viewTokens - plainTokens, decisionId };
  }

  /** Originals for the question asked now, for a share of what the summary saves on this call. */
  #recall(
    messages: readonly BaseMessage[],
    { version }: HistorySummary,
    shown: readonly BaseMessage[],
    state: SessionState,
    { savedTokens, scale, cache }: MainPrices & { readonly savedTokens: number; readonly scale: number },
  ): readonly BaseMessage[] {
    const { recall = {}, countText, log } = this.#options;
    if (recall === false) return [];
    const at = messages.findLastIndex((message) => message.getType() === "human" && !isSummaryMessage(message));
    // An answer stands behind it already: the caller has not said yet what is asked now.
    if (at < 0 || messages.slice(at + 1).some((message) => message.getType() === "ai" && toolCallsOf(message).length === 0)) return [];
    // Not the object: a checkpointer may have made a new one between two calls of a turn.
    const key = `${version}:${at}:${messageText(messages[at] as BaseMessage)}`;
    if (state.recalled?.key === key) return state.recalled.messages;
    const { maxTokens = 400, savedShare = 0.2, asks } = recall;
    // Saved tokens would mostly have been read from the cache, recalled ones are always new to it. Reckoned as if the cache were warm also
    // when it is not: the calls after a pause begin with greetings.
    const worth = (savedTokens * savedShare * cache.read) / cache.write;
    const framing = countText(recalledText([]));
    let found: readonly BaseMessage[] = [];
    try {
      const limit = Math.min(maxTokens, worth) / scale - framing;
      found = recalledOriginals(messages, shown, { maxTokens: limit, ...(asks && { asks }), countText });
    } catch (error) {
      // The view without it is still right.
      log.note("recall-failed", error);
    }
    state.recalled = { key, messages: found };
    return found;
  }
}
