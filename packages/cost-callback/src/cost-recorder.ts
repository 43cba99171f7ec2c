import type { BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import {
  approximateTokenCounter,
  BudgetExceededError,
  cacheMark,
  type Clock,
  createFailureLog,
  createPriceBook,
  defaultTokenCounter,
  type FailureLog,
  findError,
  type Logger,
  modelFromRun,
  type NanoUsd,
  OVERHEAD_TAG,
  type PriceBook,
  type RunModel,
  type SavingsEvent,
  systemClock,
  type TokenCounter,
  type Usage,
} from "@langthrift/core";
import { randomUUID } from "node:crypto";
import {
  addChunkUsage,
  answerText,
  chunkText,
  estimatedUsage,
  firstMessage,
  reportedUsage,
  streamedSearches,
  thoughtsFromTotal,
} from "./call-usage.ts";
import { cachedUsage } from "./cached-usage.ts";
import type { CostEntry, RunLabels } from "./cost-entry.ts";
import { CostLedger } from "./cost-ledger.ts";
import { type CallOutcome, entryOfCall } from "./entry-of-call.ts";
import { entryOfOwnCost } from "./entry-of-own-cost.ts";
import type { EstimateReason } from "./estimate-reason.ts";
import { ExportQueue } from "./export-queue.ts";
import { isAbort } from "./is-abort.ts";
import { labelsFromMetadata, type ResolvedLabelOptions, resolveLabelOptions } from "./label-options.ts";
import { RecentMap } from "./recent-map.ts";
import type { CostRecorderOptions, OwnCost, RunCost, RunStart, UpcomingRun } from "./recorder-types.ts";
import { labelsOfRun } from "./run-labels.ts";
import type { LlmState, RunCostSums, RunNode } from "./run-node.ts";
import { RunRegistry } from "./run-registry.ts";
import { SavingsBook } from "./savings-book.ts";
import { recordOf, textOf } from "./unknown-record.ts";

/** A call that said nothing for so long has lost its end. No client library waits longer by default. */
const LOST_AFTER_MS = 3_600_000;

/** Turns the life of runs into priced ledger entries. Knows LangChain's messages, but nothing of its callbacks. */
export class CostRecorder {
  readonly ledger: CostLedger;
  readonly prices: PriceBook;
  readonly failures: FailureLog;
  readonly #labels: ResolvedLabelOptions;
  readonly #tokenCounter: TokenCounter | undefined;
  readonly #abandonedAfterMs: number;
  readonly #onEntry: ((entry: CostEntry) => void) | undefined;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #logger: Logger | false | undefined;
  readonly #runs: RunRegistry;
  readonly #finished: RecentMap<RunCost>;
  readonly #savings: SavingsBook;
  readonly #queue: ExportQueue;
  readonly #pending = new Set<Promise<void>>();
  #loadedCounter: TokenCounter | undefined;
  #sweptAt = 0;

  /** @throws {InvalidOptionError} when a limit of the ledger is out of range. */
  constructor({
    prices,
    labels,
    tokenCounter,
    exporters = [],
    abandonedAfterMs = 60_000,
    maxOpenRuns = 20_000,
    maxFinishedRuns = 1_000,
    onEntry,
    clock = systemClock,
    newId = randomUUID,
    logger,
    ...ledger
  }: CostRecorderOptions = {}) {
    this.prices = prices ?? createPriceBook({ ...(logger !== undefined && { logger }) });
    this.#labels = resolveLabelOptions(labels);
    this.ledger = new CostLedger({ ...ledger, metadata: this.#labels.metadata, catalogVersion: this.prices.catalogVersion });
    this.failures = createFailureLog({ strategy: "cost-callback", logger, clock, newId });
    this.#tokenCounter = tokenCounter;
    this.#abandonedAfterMs = abandonedAfterMs;
    this.#onEntry = onEntry;
    this.#clock = clock;
    this.#newId = newId;
    this.#logger = logger;
    this.#runs = new RunRegistry(maxOpenRuns, (node) => this.#giveUp(node));
    this.#finished = new RecentMap(maxFinishedRuns);
    this.#savings = new SavingsBook(this.ledger, this.prices, (record) => this.#queue.addSavings(record));
    this.#queue = new ExportQueue({ exporters, failures: this.failures });
  }

  /** Runs that have begun and not ended. */
  get openRuns(): number {
    return this.#runs.size;
  }

  /** Records that exporters did not take. */
  get droppedExports(): number {
    return this.#queue.dropped;
  }

  begin({ id, parentId, kind, name, tags = [], metadata = {}, llm }: RunStart): void {
    this.#sweep();
    const parent = this.#runs.get(parentId);
    const startedAt = this.#clock.monotonic();
    const node: RunNode = {
      id,
      parentId,
      parent,
      rootId: parent?.rootId ?? parentId ?? id,
      kind,
      name,
      tags,
      metadata,
      at: this.#clock.now(),
      startedAt,
      cost: { calls: 0, spent: 0, avoided: 0, unknown: 0 },
      llm: llm && {
        messages: llm.messages ?? [],
        prompts: llm.prompts ?? [],
        extraParams: llm.extraParams ?? {},
        serialized: llm.serialized,
        attempt: (parent?.failedCall?.attempt ?? 0) + 1,
        retryOf: parent?.failedCall?.id,
        hasInner: false,
        text: "",
        streamed: false,
        firstTokenAt: undefined,
        lastSeenAt: startedAt,
        chunkUsage: undefined,
        stopListening: undefined,
      },
      failedCall: undefined,
    };
    if (node.llm) {
      // A strategy's own call (a judge, a summary) is not the call that its wrapper stands for.
      if (!tags.includes(OVERHEAD_TAG)) for (let above = parent; above; above = above.parent) if (above.llm) above.llm.hasInner = true;
      this.#listenForAbort(node, node.llm);
    }
    this.#runs.add(node);
  }

  /** A streamed piece of a call. */
  progress(runId: string, token: string, message: BaseMessage | undefined): void {
    const state = this.#runs.get(runId)?.llm;
    if (!state) return;
    state.lastSeenAt = this.#clock.monotonic();
    state.streamed = true;
    const text = message ? chunkText(message) : token;
    if (text !== "" && state.firstTokenAt === undefined) state.firstTokenAt = state.lastSeenAt;
    state.text += text;
    if (message) state.chunkUsage = addChunkUsage(state.chunkUsage, message);
  }

  /** A call that was answered. The promise is there only while tokens must be counted. */
  end(runId: string, result: LLMResult, cached: boolean): void | Promise<void> {
    const node = this.#take(runId);
    const state = node?.llm;
    if (!node || !state) return;
    const message = firstMessage(result);
    if (state.hasInner) {
      this.#close(node);
      return;
    }
    const model = this.#modelOf(node, state, message);
    const mark = message && cacheMark(message);
    if (cached || mark) {
      const call = { model: model.served ?? model.requested ?? "unknown", provider: model.provider, at: node.at };
      const labels = labelsOfRun(node, this.#labels);
      const avoided = mark
        ? this.#savings.addMark(mark, "semantic-cache", call, labels)
        : this.#savings.addMark(
            { decisionId: node.id, kind: "exact", savedUsage: message ? cachedUsage(message) : null },
            "langchain-cache",
            call,
            labels,
          );
      this.#finish(node, state, model, { status: "cached", usage: { inputTokens: 0, outputTokens: 0 }, message, avoided, reasons: [] });
      return;
    }
    const usage = reportedUsage(result, state, model.provider);
    if (usage) {
      const reasons: EstimateReason[] = [];
      if (message && thoughtsFromTotal(message)) reasons.push("thoughts-from-total");
      if (streamedSearches(message, state) > 0) reasons.push("server-tool-input-not-reported");
      this.#finish(node, state, model, { status: "ok", usage, message, reasons });
      return;
    }
    const texts = (result.generations?.[0] ?? []).map((generation) => {
      const own = recordOf(generation)?.["message"] as BaseMessage | undefined;
      return own ? answerText(own) : (textOf(recordOf(generation)?.["text"]) ?? "");
    });
    return this.#estimate(node, state, model, texts, { status: "ok", message, reasons: ["usage-not-sent"] });
  }

  /** A call that failed, was refused by a budget, or was aborted. */
  fail(runId: string, error: unknown): void | Promise<void> {
    const node = this.#take(runId);
    const state = node?.llm;
    if (!node || !state) return;
    if (state.hasInner) {
      this.#close(node);
      return;
    }
    const model = this.#modelOf(node, state, undefined);
    if (findError(error, BudgetExceededError)) {
      this.#finish(node, state, model, { status: "refused", usage: null, reasons: [] });
      return;
    }
    if (node.parent) node.parent.failedCall = { id: node.id, attempt: state.attempt };
    if (isAbort(error)) return this.#abort(node, state, model);
    if (state.text === "" && state.chunkUsage === undefined) {
      // Providers do not bill a request that they answer with an error.
      this.#finish(node, state, model, { status: "error", usage: null, reasons: [] });
      return;
    }
    return this.#estimate(node, state, model, [state.text], { status: "error", reasons: ["call-failed-midway"] });
  }

  /** The reader of a stream has left it. */
  abandon(runId: string): void | Promise<void> {
    const node = this.#take(runId);
    if (!node?.llm) return;
    return this.#settleAbandoned(node, node.llm);
  }

  /** The end of a run that is no model call. */
  endRun(runId: string): void {
    const node = this.#take(runId);
    if (node) this.#close(node);
  }

  /** Records a cost that no callback tells of. */
  recordOwn(own: OwnCost): CostEntry {
    const node = this.#runs.get(own.runId);
    const base: RunLabels = node ? labelsOfRun(node, this.#labels) : { chain: [], tags: [] };
    const labels: RunLabels = {
      ...base,
      ...(own.metadata && labelsFromMetadata(own.metadata, this.#labels)),
      tags: [...base.tags, ...(own.tags ?? [])],
    };
    const entry = entryOfOwnCost(own, {
      id: own.id ?? this.#newId(),
      at: own.at ?? this.#clock.now(),
      parentId: node?.id,
      labels,
      prices: this.prices,
    });
    this.#record(entry, node);
    return entry;
  }

  recordSavings(event: SavingsEvent, runId?: string, tags?: readonly string[], metadata?: Readonly<Record<string, unknown>>): void {
    const node = this.#runs.get(event.llmRunId) ?? this.#runs.get(event.runId) ?? this.#runs.get(runId);
    const labels: RunLabels | undefined = node
      ? labelsOfRun(node, this.#labels)
      : metadata
        ? { chain: [], tags: tags ?? [], ...labelsFromMetadata(metadata, this.#labels) }
        : undefined;
    const avoided = this.#savings.addEvent(event, labels);
    for (let above = node; above; above = above.parent) above.cost.avoided += avoided;
  }

  /** The labels that a run would have that is about to begin below `parentId`. */
  labelsFor({ runId, parentId, tags = [], metadata = {} }: UpcomingRun): RunLabels {
    const parent = this.#runs.get(parentId);
    const above = parent && labelsOfRun(parent, this.#labels);
    return {
      ...above,
      rootId: above?.rootId ?? parentId ?? runId,
      chain: parent?.name === undefined ? (above?.chain ?? []) : [parent.name, ...(above?.chain ?? [])],
      tags: [...new Set([...tags, ...(above?.tags ?? [])])],
      ...labelsFromMetadata(parent ? { ...parent.metadata, ...metadata } : metadata, this.#labels),
    };
  }

  /** The cost of a run and everything below it, while it runs and for the last finished ones. */
  costOf(runId: string): RunCost | undefined {
    const node = this.#runs.get(runId);
    return node ? toRunCost(node, true) : this.#finished.get(runId);
  }

  /** Waits for counts that are being made. Never rejects. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Waits for counts that are being made, and hands everything to the exporters. Never rejects. */
  async flush(): Promise<void> {
    this.#sweep(true);
    await this.settled();
    await this.#queue.flush();
  }

  /** `flush`, then closes the exporters. */
  async close(): Promise<void> {
    await this.flush();
    await this.#queue.close();
  }

  #take(runId: string): RunNode | undefined {
    const node = this.#runs.take(runId);
    node?.llm?.stopListening?.();
    return node;
  }

  #modelOf(node: RunNode, state: LlmState, message: BaseMessage | undefined): RunModel {
    return modelFromRun({
      message,
      metadata: node.metadata,
      extraParams: state.extraParams,
      serialized: state.serialized,
    });
  }

  #listenForAbort(node: RunNode, state: LlmState): void {
    const signal = recordOf(state.extraParams["options"])?.["signal"];
    if (!(signal instanceof AbortSignal) || signal.aborted) return;
    // An aborted stream ends without any event: its generator is not resumed. A failing `invoke` tells of the same, a little later.
    const onAbort = (): void => {
      const taken = this.#take(node.id);
      if (!taken || state.hasInner) return;
      if (node.parent) node.parent.failedCall = { id: node.id, attempt: state.attempt };
      void this.#abort(node, state, this.#modelOf(node, state, undefined));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    state.stopListening = () => signal.removeEventListener("abort", onAbort);
  }

  #abort(node: RunNode, state: LlmState, model: RunModel): void | Promise<void> {
    const reason: EstimateReason = state.firstTokenAt === undefined ? "call-aborted" : "stream-aborted";
    return this.#estimate(node, state, model, [state.text], { status: "aborted", reasons: [reason] });
  }

  #settleAbandoned(node: RunNode, state: LlmState): void | Promise<void> {
    if (state.hasInner) {
      this.#close(node);
      return;
    }
    const model = this.#modelOf(node, state, undefined);
    return this.#estimate(node, state, model, [state.text], { status: "abandoned", reasons: ["stream-abandoned"] });
  }

  /** An open run that was pushed out by newer ones. */
  #giveUp(node: RunNode): void {
    node.llm?.stopListening?.();
    if (node.llm) void this.#settleAbandoned(node, node.llm);
  }

  /** Settles streams that nobody reads any more. Looked at now and then, so that no timer is needed. */
  #sweep(force = false): void {
    const now = this.#clock.monotonic();
    if (!force && now - this.#sweptAt < this.#abandonedAfterMs / 4) return;
    this.#sweptAt = now;
    for (const node of this.#runs.nodes()) {
      if (!node.llm || now - node.llm.lastSeenAt < (node.llm.streamed ? this.#abandonedAfterMs : LOST_AFTER_MS)) continue;
      this.#take(node.id);
      void this.#settleAbandoned(node, node.llm);
    }
  }

  /** Counts the tokens of a call ourselves, at once where a counter is there, else as soon as it is loaded. */
  #estimate(
    node: RunNode,
    state: LlmState,
    model: RunModel,
    texts: readonly string[],
    outcome: Omit<CallOutcome, "usage">,
  ): void | Promise<void> {
    const finish = (counter: TokenCounter): void => {
      const counted = estimatedUsage(state, texts, model.served ?? model.requested, counter);
      const seen = state.chunkUsage?.sum;
      // Anthropic's first chunk has the true input even of a stream that is broken off.
      const usage: Usage =
        seen && (seen.inputTokens ?? 0) > 0
          ? { ...seen, outputTokens: Math.max(counted.outputTokens ?? 0, state.chunkUsage?.last.outputTokens ?? 0), estimated: true }
          : counted;
      this.#finish(node, state, model, { ...outcome, usage });
    };
    const ready = this.#tokenCounter ?? this.#loadedCounter;
    if (ready) {
      finish(ready);
      return;
    }
    const work = defaultTokenCounter({ ...(this.#logger !== undefined && { logger: this.#logger }) }).then(
      (counter) => {
        this.#loadedCounter = counter;
        finish(counter);
      },
      () => finish(approximateTokenCounter),
    );
    this.#pending.add(work);
    return work.finally(() => this.#pending.delete(work));
  }

  #finish(node: RunNode, state: LlmState, model: RunModel, outcome: CallOutcome): void {
    const entry = entryOfCall(node, state, model, outcome, {
      prices: this.prices,
      labels: labelsOfRun(node, this.#labels),
      endedAt: this.#clock.monotonic(),
    });
    const { status, avoided } = outcome;
    if ((status === "ok" || status === "cached") && node.parent) node.parent.failedCall = undefined;
    this.#record(entry, node);
    if (avoided?.nanoUsd) for (let above: RunNode | undefined = node; above; above = above.parent) above.cost.avoided += avoided.nanoUsd;
    this.#close(node);
  }

  #record(entry: CostEntry, node: RunNode | undefined): void {
    if (!this.ledger.record(entry)) return;
    for (let above = node; above; above = above.parent) addCost(above.cost, entry);
    this.#queue.addEntry(entry);
    if (!this.#onEntry) return;
    try {
      this.#onEntry(entry);
    } catch (error) {
      this.failures.note("on-entry", error);
    }
  }

  #close(node: RunNode): void {
    this.#finished.set(node.id, toRunCost(node, false));
  }
}

function addCost(cost: RunCostSums, entry: CostEntry): void {
  cost.calls += 1;
  if (entry.nanoUsd === null) cost.unknown += 1;
  else cost.spent += entry.nanoUsd;
}

function toRunCost({ id, name, cost }: RunNode, running: boolean): RunCost {
  return {
    runId: id,
    ...(name !== undefined && { name }),
    running,
    calls: cost.calls,
    spentNanoUsd: cost.spent as NanoUsd,
    avoidedNanoUsd: cost.avoided as NanoUsd,
    unknownPrices: cost.unknown,
  };
}
