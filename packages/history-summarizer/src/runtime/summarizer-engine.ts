import type { BaseMessage } from "@langchain/core/messages";
import { approximateTokenCounter, createFailureLog, createPriceBook, type FailureLog, systemClock } from "@langthrift/core";
import { randomUUID } from "node:crypto";
import { coverageOf } from "../engine/coverage.ts";
import type { HistorySummary } from "../engine/history-summary.ts";
import { type CountMessage, createMessageCounter } from "../engine/message-tokens.ts";
import { plan } from "../engine/plan.ts";
import type { PaybackRule } from "../engine/plan-context.ts";
import { view } from "../engine/view.ts";
import type { HistoryCall, HistorySummarizer, HistoryView, Refreshed } from "../history-summarizer.ts";
import { type HistorySummarizerOptions, triggerClauses } from "../history-summarizer-options.ts";
import { memorySummaryStore } from "../stores/memory-summary-store.ts";
import type { SummaryStore } from "../stores/summary-store.ts";
import { ExtractiveSummarizer } from "../summarizers/extractive-summarizer.ts";
import { ModelSummarizer } from "../summarizers/model-summarizer.ts";
import { PrefixSummarizer } from "../summarizers/prefix-summarizer.ts";
import { isSummarizer, type Summarizer } from "../summarizers/summarizer.ts";
import { createEventSender } from "./event-sender.ts";
import { GuardedStore } from "./guarded-store.ts";
import { Presenter } from "./presenter.ts";
import { Pricing } from "./pricing.ts";
import { requestSize } from "./request-size.ts";
import { SessionStates } from "./session-state.ts";
import { SummaryWriter } from "./summary-writer.ts";

/** Puts plan, writer, store and presenter together. */
export class SummarizerEngine implements HistorySummarizer {
  readonly mode: "inline" | "background";
  readonly store: SummaryStore;
  readonly #options: HistorySummarizerOptions;
  readonly #summarizer: Summarizer;
  readonly #count: CountMessage;
  readonly #pricing: Pricing;
  readonly #log: FailureLog;
  readonly #guarded: GuardedStore;
  readonly #writer: SummaryWriter;
  readonly #presenter: Presenter;
  readonly #sessions = new SessionStates();

  constructor(options: HistorySummarizerOptions) {
    const { model, fallback, mode = "inline", store, prices, tokenCounter = approximateTokenCounter } = options;
    const { clock = systemClock, newId = randomUUID, logger, onEvent, structured, mainModel, storeTimeoutMs = 1000 } = options;
    this.#options = options;
    this.mode = mode;
    this.store = store ?? memorySummaryStore();
    this.#log = createFailureLog({ strategy: "history-summarizer", logger, onEvent, clock, newId });
    this.#guarded = new GuardedStore(this.#log, storeTimeoutMs);
    this.#count = createMessageCounter(tokenCounter, mainModel);
    this.#pricing = new Pricing({ ...options, prices: prices ?? createPriceBook({ ...(logger !== undefined && { logger }) }), clock });
    this.#summarizer = toSummarizer(model, structured, options);
    const shared = { pricing: this.#pricing, clock, log: this.#log, send: createEventSender(onEvent, clock, newId) };
    this.#writer = new SummaryWriter({
      ...options,
      ...shared,
      summarizer: this.#summarizer,
      fallback: fallback === false ? undefined : (fallback ?? new ExtractiveSummarizer({ tokenCounter })),
    });
    this.#presenter = new Presenter({
      ...options,
      ...shared,
      newId,
      countMessage: this.#count,
      countText: (text) => tokenCounter.count(text, mainModel),
    });
  }

  get failures(): Readonly<Record<string, number>> {
    return this.#log.counts;
  }

  async prepare(call: HistoryCall): Promise<HistoryView> {
    if (this.mode === "inline") return this.show(call, (await this.refresh(call)).summary);
    const { summary } = await this.#guarded.load(call.store ?? this.store, call.session);
    const shown = await this.show(call, summary);
    this.refreshLater(call);
    return shown;
  }

  async refresh(call: HistoryCall): Promise<Refreshed> {
    const { summary: stored, failed } = await this.#guarded.load(call.store ?? this.store, call.session);
    // Without the store nothing could be kept, and what is there must not be overwritten.
    if (failed) return { summary: undefined, outcome: "store-failed" };
    try {
      return await this.#refresh(call, stored);
    } catch (error) {
      if (call.signal?.aborted) throw error;
      this.#log.note("internal", error);
      return { summary: stored, outcome: "failed" };
    }
  }

  refreshLater(call: HistoryCall): void {
    const state = this.#sessions.of(call.session);
    if (state.job) return;
    // The caller's signal ends with its request; the job outlives it.
    const { signal: _ended, ...later } = call;
    const job = Promise.resolve()
      .then(() => this.refresh(later))
      .then(
        () => undefined,
        (error: unknown) => this.#log.note("background", error),
      )
      .finally(() => {
        state.job = undefined;
      });
    state.job = job;
    this.#options.waitUntil?.(job);
  }

  async load(session: string): Promise<HistorySummary | undefined> {
    return (await this.#guarded.load(this.store, session)).summary;
  }

  async flush(): Promise<void> {
    for (let jobs = this.#sessions.jobs; jobs.length > 0; jobs = this.#sessions.jobs) await Promise.all(jobs);
  }

  async forget(session: string): Promise<void> {
    // A job that is still running must not write the summary back.
    await this.#sessions.of(session).job;
    this.#sessions.delete(session);
    await this.store.delete(session);
  }

  show(call: HistoryCall, summary: HistorySummary | undefined): Promise<HistoryView> {
    return this.#presenter.show(call, summary, this.#sessions.of(call.session));
  }

  async #refresh(call: HistoryCall, stored: HistorySummary | undefined): Promise<Refreshed> {
    const { messages, session } = call;
    const { maxSummaryTokens = 300, minGain = 4, payback = {}, keep, keepMessage, recall = {} } = this.#options;
    const state = this.#sessions.of(session);
    const coverage = coverageOf(messages, stored);
    const { overhead, scale } = requestSize(call, state);
    const { rates: main, cache, model, provider } = this.#pricing.main(call, this.#roughTokens(messages));
    const contextTokens = call.contextTokens ?? this.#options.contextTokens;
    const decision = plan(messages, stored, {
      trigger: triggerClauses(this.#options.trigger),
      ...(keep && { keep }),
      maxSummaryTokens,
      minGain,
      countMessage: this.#count,
      overheadTokens: overhead,
      scale,
      ...(contextTokens !== undefined && { contextTokens }),
      prices: payback === false ? false : { main, summarizer: this.#pricing.ratesOf(this.#summarizer) },
      cache,
      cold: this.#pricing.isCold(call, state.lastCallAt),
      rule: this.#rule(call),
      ...(payback && payback.maxOverrun !== undefined && { maxOverrun: payback.maxOverrun }),
      recallShare: recall === false ? 0 : (recall.savedShare ?? 0.2),
      reusePrefix: payback !== false && payback.reusePrefix === true && call.askMain !== undefined,
      ...(keepMessage && { keepMessage }),
      coverage,
    });
    if (decision.action === "none") return { summary: stored, outcome: decision.reason, plan: decision };
    if (state.skip > 0) {
      state.skip -= 1;
      return { summary: stored, outcome: "backing-off", plan: decision };
    }
    const previous = coverage.state === "valid" ? stored : undefined;
    const first =
      decision.reusePrefix && call.askMain
        ? new PrefixSummarizer({
            ask: call.askMain,
            prefix: this.#prefixOf(messages, decision.to, previous),
            model: model ?? "unknown",
            provider,
          })
        : undefined;
    const written = await this.#writer.write({ call, plan: decision, previous, version: (stored?.version ?? 0) + 1, first }, state);
    if (!written) return { summary: stored, outcome: "failed", plan: decision };
    return { ...(await this.#guarded.keep(call.store ?? this.store, session, stored, written)), plan: decision };
  }

  /** What the last request began with, up to the cut. */
  #prefixOf(messages: readonly BaseMessage[], to: number, previous: HistorySummary | undefined): BaseMessage[] {
    const { keepMessage, placement } = this.#options;
    return view(messages.slice(0, to), previous, { ...(keepMessage && { keepMessage }), ...(placement && { placement }) });
  }

  #rule({ session, messages }: HistoryCall): PaybackRule {
    const { payback = {} } = this.#options;
    if (payback === false || payback.rule !== "forecast") return { kind: "regret" };
    const calls = messages.filter((message) => message.getType() === "ai").length;
    const expected = payback.expectedFurtherCalls ?? calls;
    const furtherCalls = typeof expected === "number" ? expected : expected({ session, messages: messages.length, calls });
    return { kind: "forecast", furtherCalls: Number.isFinite(furtherCalls) ? furtherCalls : 0 };
  }

  #roughTokens(messages: readonly BaseMessage[]): number {
    return messages.reduce((sum, message) => sum + this.#count(message), 0);
  }
}

function toSummarizer(
  model: HistorySummarizerOptions["model"],
  structured: unknown,
  { tokenCounter }: HistorySummarizerOptions,
): Summarizer {
  if (model === undefined) return new ExtractiveSummarizer({ ...(tokenCounter && { tokenCounter }) });
  if (isSummarizer(model)) return model;
  return new ModelSummarizer({ model, ...(structured !== undefined && { structured }) });
}
