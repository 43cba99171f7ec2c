import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  applyRates,
  approximateTokenCounter,
  type Clock,
  createFailureLog,
  createPriceBook,
  dispatchSavings,
  type FailureLog,
  type NanoUsd,
  type PriceBook,
  type Rates,
  systemClock,
  type Usage,
  withTimeout,
} from "@langthrift/core";
import { randomUUID } from "node:crypto";
import { type ResolvedCache, resolveCache, uncached } from "./engine/cache-prices.ts";
import { coverageOf } from "./engine/coverage.ts";
import type { HistorySummary } from "./engine/history-summary.ts";
import { type CountMessage, createMessageCounter } from "./engine/message-tokens.ts";
import { type PaybackRule, type Plan, plan, type PlanReason } from "./engine/plan.ts";
import { type EventFields, savedEvents } from "./engine/savings.ts";
import { type SessionState, SessionStates } from "./engine/session-state.ts";
import { summarize } from "./engine/summarize.ts";
import { summaryText } from "./engine/summary-message.ts";
import { SummaryRejectedError } from "./engine/summary-rejected-error.ts";
import { view } from "./engine/view.ts";
import { type HistorySummarizerOptions, triggerClauses, validateOptions } from "./history-summarizer-options.ts";
import { memorySummaryStore } from "./stores/memory-summary-store.ts";
import type { SummaryStore } from "./stores/summary-store.ts";
import { ExtractiveSummarizer } from "./summarizers/extractive-summarizer.ts";
import { ModelSummarizer } from "./summarizers/model-summarizer.ts";
import { isSummarizer, type Summarizer } from "./summarizers/summarizer.ts";

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
  /** Where this session's summary is, if not in the option's store. */
  readonly store?: SummaryStore | undefined;
}

export interface HistoryView {
  /** What to send instead. New array, same message objects. */
  readonly messages: BaseMessage[];
  readonly summary: HistorySummary | undefined;
  /** Estimated tokens of the history and of the view, system prompt and tools included. */
  readonly fullTokens: number;
  readonly viewTokens: number;
  /** Joins the events of this call. */
  readonly decisionId: string;
}

/** Why a call got no new summary. */
export type RefreshOutcome = PlanReason | "written" | "lost-race" | "backing-off" | "failed" | "store-failed";

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

const FALLBACK_AFTER = 3;
const MAX_SKIP = 64;

/** @throws {InvalidOptionError} when an option cannot work. */
export function createHistorySummarizer(options: HistorySummarizerOptions = {}): HistorySummarizer {
  validateOptions(options);
  return new Engine(options);
}

class Engine implements HistorySummarizer {
  readonly mode: "inline" | "background";
  readonly store: SummaryStore;
  readonly #options: HistorySummarizerOptions;
  readonly #summarizer: Summarizer;
  readonly #fallback: Summarizer | undefined;
  readonly #count: CountMessage;
  readonly #countText: (text: string) => number;
  readonly #prices: PriceBook;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #log: FailureLog;
  readonly #sessions = new SessionStates();

  constructor(options: HistorySummarizerOptions) {
    const {
      model,
      fallback,
      mode = "inline",
      store,
      prices,
      tokenCounter = approximateTokenCounter,
      clock = systemClock,
      newId = randomUUID,
    } = options;
    this.#options = options;
    this.mode = mode;
    this.store = store ?? memorySummaryStore();
    this.#summarizer = toSummarizer(model, options.structured, options);
    this.#fallback = fallback === false ? undefined : (fallback ?? new ExtractiveSummarizer({ tokenCounter }));
    this.#count = createMessageCounter(tokenCounter, options.mainModel);
    this.#countText = (text) => tokenCounter.count(text, options.mainModel);
    this.#prices = prices ?? createPriceBook({ ...(options.logger !== undefined && { logger: options.logger }) });
    this.#clock = clock;
    this.#newId = newId;
    this.#log = createFailureLog({ strategy: "history-summarizer", logger: options.logger, onEvent: options.onEvent, clock, newId });
  }

  get failures(): Readonly<Record<string, number>> {
    return this.#log.counts;
  }

  async prepare(call: HistoryCall): Promise<HistoryView> {
    if (this.mode === "inline") return this.show(call, (await this.refresh(call)).summary);
    const shown = await this.show(call, (await this.#load(call)).summary);
    this.refreshLater(call);
    return shown;
  }

  async refresh(call: HistoryCall): Promise<Refreshed> {
    const { summary: stored, failed } = await this.#load(call);
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
    return (await this.#load({ session, messages: [] })).summary;
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

  async show(call: HistoryCall, summary: HistorySummary | undefined): Promise<HistoryView> {
    const { messages } = call;
    const decisionId = this.#newId();
    try {
      const state = this.#sessions.of(call.session);
      const coverage = coverageOf(messages, summary);
      if (coverage.state === "changed") this.#log.note("history-changed", new Error("The covered messages differ from those summarised."));
      const { keepMessage, placement } = this.#options;
      const shown = view(messages, summary, { ...(keepMessage && { keepMessage }), ...(placement && { placement }), coverage });
      const { overhead, scale } = this.#measure(call, state);
      const sum = (list: readonly BaseMessage[]) =>
        overhead + Math.round(list.reduce((total, message) => total + this.#count(message), 0) * scale);
      const fullTokens = sum(messages);
      const viewTokens = sum(shown);
      const valid = coverage.state === "valid" ? summary : undefined;
      const cold = this.#isCold(call, state);
      const switched = state.shownVersion !== undefined && state.shownVersion !== (valid?.version ?? 0);
      const now = this.#clock.now();
      state.lastCallAt = now;
      state.lastRequest = { messages: messages.length, tokens: viewTokens };
      state.shownVersion = valid?.version ?? 0;
      if (valid) {
        const { rates, cache, model, provider } = this.#mainPrices(call, fullTokens, now);
        const afterSummary = Math.round(this.#countText(summaryText(valid)) * scale) + sum(messages.slice(valid.coveredCount)) - overhead;
        const fields = savedEvents({
          savedTokens: fullTokens - viewTokens,
          viewTokens,
          prefixTokens: Math.max(0, viewTokens - afterSummary),
          cold,
          switched,
          cache,
          rates,
        });
        for (const event of fields) {
          await this.#send(call, decisionId, now, {
            ...event,
            ...(model !== undefined && { model }),
            ...(provider !== undefined && { provider }),
            details: { ...event.details, version: valid.version },
          });
        }
      }
      return { messages: shown, summary: valid, fullTokens, viewTokens, decisionId };
    } catch (error) {
      this.#log.note("internal", error);
      return { messages: [...messages], summary: undefined, fullTokens: 0, viewTokens: 0, decisionId };
    }
  }

  async #refresh(call: HistoryCall, stored: HistorySummary | undefined): Promise<Refreshed> {
    const { messages, session } = call;
    const { maxSummaryTokens = 300, minGain = 4, payback = {}, keep, keepMessage } = this.#options;
    const state = this.#sessions.of(session);
    const coverage = coverageOf(messages, stored);
    const { overhead, scale } = this.#measure(call, state);
    const now = this.#clock.now();
    const { rates: main, cache } = this.#mainPrices(call, this.#roughTokens(messages), now);
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
      prices: payback === false ? false : { main, summarizer: this.#summarizerRates(now) },
      cache,
      cold: this.#isCold(call, state),
      rule: this.#rule(call),
      ...(payback && payback.maxOverrun !== undefined && { maxOverrun: payback.maxOverrun }),
      ...(keepMessage && { keepMessage }),
      coverage,
    });
    if (decision.action === "none") return { summary: stored, outcome: decision.reason, plan: decision };
    if (state.skip > 0) {
      state.skip -= 1;
      return { summary: stored, outcome: "backing-off", plan: decision };
    }
    const previous = coverage.state === "valid" ? stored : undefined;
    const written = await this.#write(call, state, decision, previous, (stored?.version ?? 0) + 1);
    if (!written) {
      state.failures += 1;
      // 1, 2, 4, 8 … calls.
      state.skip = Math.min(MAX_SKIP, 2 ** (state.failures - 1));
      return { summary: stored, outcome: "failed", plan: decision };
    }
    state.failures = 0;
    return { ...(await this.#keep(call, stored, written)), plan: decision };
  }

  /** A summary that was accepted, or `undefined`; the model first, after repeated failures the fallback. */
  async #write(
    call: HistoryCall,
    state: SessionState,
    { from, to }: Plan & { action: "summarize" },
    previous: HistorySummary | undefined,
    version: number,
  ): Promise<HistorySummary | undefined> {
    const { maxSummaryTokens = 300, timeoutMs = 20_000, retries = 1, pin, tokenCounter } = this.#options;
    const attempts = Array.from<Summarizer>({ length: retries + 1 }).fill(this.#summarizer);
    if (this.#fallback && state.failures + 1 >= FALLBACK_AFTER) attempts.push(this.#fallback);
    for (const summarizer of attempts) {
      const started = this.#clock.monotonic();
      const usages: (Usage | null)[] = [];
      let reason = "summary";
      let result: HistorySummary | undefined;
      try {
        result = await withTimeout(
          "The history summary",
          timeoutMs,
          (signal) =>
            summarize(
              {
                messages: call.messages,
                from,
                to,
                previous,
                maxSummaryTokens,
                ...(pin && { pin }),
                ...(tokenCounter && { tokenCounter }),
                priceOf: (usage) => this.#priceOf(summarizer, usage),
                config: call.config,
                onUsage: (usage) => usages.push(usage),
                version,
                clock: this.#clock,
              },
              summarizer,
              signal,
            ),
          call.signal,
        );
      } catch (error) {
        if (call.signal?.aborted) throw error;
        reason = SummaryRejectedError.isInstance(error) ? `rejected:${(error as SummaryRejectedError).reason}` : "summary-failed";
        this.#log.note(reason, error);
      }
      await this.#sendOverhead(call, summarizer, usages, reason, this.#clock.monotonic() - started, version);
      if (result) return result;
    }
    return undefined;
  }

  /** Stores the summary; of several writers of a version one wins, and the others show what it wrote. */
  async #keep(call: HistoryCall, stored: HistorySummary | undefined, written: HistorySummary): Promise<Refreshed> {
    const store = call.store ?? this.store;
    try {
      const set = await withTimeout("The summary store", this.#storeTimeoutMs, () =>
        store.compareAndSet(call.session, stored?.version, written),
      );
      if (set) return { summary: written, outcome: "written" };
    } catch (error) {
      this.#log.note("store-failed", error);
      return { summary: stored, outcome: "store-failed" };
    }
    const { summary } = await this.#load(call);
    return { summary: summary ?? stored, outcome: "lost-race" };
  }

  async #load(call: HistoryCall): Promise<{ summary: HistorySummary | undefined; failed: boolean }> {
    const store = call.store ?? this.store;
    try {
      return { summary: await withTimeout("The summary store", this.#storeTimeoutMs, () => store.load(call.session)), failed: false };
    } catch (error) {
      this.#log.note("store-failed", error);
      return { summary: undefined, failed: true };
    }
  }

  get #storeTimeoutMs(): number {
    return this.#options.storeTimeoutMs ?? 1000;
  }

  /**
   * Tokens beside the messages, and the true tokens for an estimated one: the provider's own count of the last request is compared with
   * what was estimated for it. Where the overhead is unknown, the difference is the overhead.
   */
  #measure(call: HistoryCall, state: SessionState): { overhead: number; scale: number } {
    const { lastRequest } = state;
    const reported = lastRequest && inputTokensOf(call.messages[lastRequest.messages]);
    if (call.overheadTokens !== undefined) {
      const overhead = call.overheadTokens;
      if (reported !== undefined && lastRequest && lastRequest.tokens > overhead) {
        const scale = (Math.max(0, reported - overhead) / (lastRequest.tokens - overhead)) * state.scale;
        // A count far off is another request's.
        state.scale = Math.min(2, Math.max(0.5, scale));
        delete state.lastRequest;
      }
      return { overhead, scale: state.scale };
    }
    if (reported !== undefined && lastRequest) {
      state.overhead = Math.max(0, (state.overhead ?? 0) + reported - lastRequest.tokens);
      delete state.lastRequest;
    }
    return { overhead: state.overhead ?? 0, scale: 1 };
  }

  #isCold(call: HistoryCall, state: SessionState): boolean {
    const last = Math.max(call.lastCallAt ?? 0, state.lastCallAt ?? 0);
    if (last === 0) return false;
    const { cache } = this.#mainPrices(call, 0, this.#clock.now());
    return cache.minimumTokens > 0 && this.#clock.now() - last > cache.ttlMs;
  }

  #mainPrices(
    call: HistoryCall,
    inputTokens: number,
    at: number,
  ): { rates: Rates | null; cache: ResolvedCache; model: string | undefined; provider: string | undefined } {
    const { payback = {}, mainModel, mainProvider } = this.#options;
    const model = call.model ?? mainModel ?? lastModelOf(call.messages);
    const provider = call.provider ?? mainProvider;
    const rates = model === undefined ? null : this.#prices.ratesOf({ model, provider, at, inputTokens });
    const option = payback === false ? "auto" : (payback.cache ?? "auto");
    return { rates, cache: rates || option !== "auto" ? resolveCache(option, rates) : uncached, model, provider };
  }

  #summarizerRates(at: number): Pick<Rates, "input" | "output"> | null {
    const { rates, model, provider } = this.#summarizer;
    return rates ?? this.#prices.ratesOf({ model, provider, at });
  }

  #priceOf(summarizer: Summarizer, usage: Usage): NanoUsd | null {
    const { rates, model, provider } = summarizer;
    if (rates) return applyRates(usage, rates).total;
    try {
      return this.#prices.priceOf({ model, provider, usage }).nanoUsd;
    } catch {
      return null;
    }
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

  async #sendOverhead(
    call: HistoryCall,
    summarizer: Summarizer,
    usages: readonly (Usage | null)[],
    reason: string,
    latencyMs: number,
    version: number,
  ): Promise<void> {
    const at = this.#clock.now();
    for (const usage of usages) {
      await this.#send(call, this.#newId(), at, {
        kind: "overhead",
        reason,
        ...(usage && { usage }),
        model: summarizer.model,
        ...(summarizer.provider !== undefined && { provider: summarizer.provider }),
        nanoUsd: usage ? this.#priceOf(summarizer, usage) : null,
        latencyMs,
        alreadyInLedger: summarizer.inLedger === true,
        details: { version },
      });
    }
  }

  #send({ config }: HistoryCall, decisionId: string, at: number, fields: EventFields): Promise<void> {
    const { onEvent } = this.#options;
    return dispatchSavings(
      { version: 1, id: this.#newId(), decisionId, strategy: "history-summarizer", at, ...fields },
      { config, onEvent },
    );
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

function inputTokensOf(message: BaseMessage | undefined): number | undefined {
  const usage = (message as { usage_metadata?: { input_tokens?: unknown } } | undefined)?.usage_metadata;
  const tokens = usage?.input_tokens;
  return typeof tokens === "number" && Number.isFinite(tokens) && tokens > 0 ? tokens : undefined;
}

/** The model that gave the last answer, as it named itself. */
function lastModelOf(messages: readonly BaseMessage[]): string | undefined {
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index] as BaseMessage;
    if (message.getType() !== "ai") continue;
    const { model_name: name, model } = message.response_metadata as Record<string, unknown>;
    for (const found of [name, model]) if (typeof found === "string" && found !== "") return found;
  }
  return undefined;
}
