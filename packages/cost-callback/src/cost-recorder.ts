import type { BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import {
  BudgetExceededError,
  cacheMark,
  type CacheMark,
  type Clock,
  createFailureLog,
  createPriceBook,
  type FailureLog,
  findError,
  modelFromRun,
  type PriceBook,
  type RunModel,
  type SavingsEvent,
  systemClock,
} from "@langthrift/core";
import { randomUUID } from "node:crypto";
import { answerSnapshot } from "./answer-snapshot.ts";
import { addChunkUsage, chunkText, firstMessage } from "./call-usage.ts";
import { cachedUsage } from "./cached-usage.ts";
import type { CostEntry, RunLabels } from "./cost-entry.ts";
import { CostLedger } from "./cost-ledger.ts";
import { type CallOutcome, entryOfCall } from "./entry-of-call.ts";
import { entryOfOwnCost } from "./entry-of-own-cost.ts";
import type { EstimateReason } from "./estimate-reason.ts";
import { ExportQueue } from "./export-queue.ts";
import { isAbort } from "./is-abort.ts";
import { type ResolvedLabelOptions, resolveLabelOptions } from "./label-options.ts";
import { LateWork } from "./late-work.ts";
import { onAbortOf } from "./on-abort-of.ts";
import { newRunNode } from "./new-run-node.ts";
import { readAnswer } from "./read-answer.ts";
import type { CostRecorderOptions, OwnCost, RunCost, RunStart, UpcomingRun } from "./recorder-types.ts";
import { RunCosts } from "./run-costs.ts";
import { labelsOfOwn, labelsOfRun, labelsOfUpcoming } from "./run-labels.ts";
import type { LlmState, RunNode } from "./run-node.ts";
import { RunRegistry } from "./run-registry.ts";
import { SavingsBook } from "./savings-book.ts";
import { TokenEstimator } from "./token-estimator.ts";

/** A model call that is over: taken out of the open runs. */
interface EndedCall {
  readonly node: RunNode;
  readonly state: LlmState;
  /** Monotonic, ms. */
  readonly endedAt: number;
}

/** Turns the life of runs into priced ledger entries. Knows LangChain's messages, but nothing of its callbacks. */
export class CostRecorder {
  readonly prices: PriceBook;
  readonly failures: FailureLog;
  readonly #ledger: CostLedger;
  readonly #labels: ResolvedLabelOptions;
  readonly #abandonedAfterMs: number;
  readonly #onEntry: ((entry: CostEntry) => void) | undefined;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #runs: RunRegistry;
  readonly #costs: RunCosts;
  readonly #savings: SavingsBook;
  readonly #tokens: TokenEstimator;
  readonly #queue: ExportQueue;
  readonly #late: LateWork;
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
    this.#ledger = new CostLedger({ ...ledger, metadata: this.#labels.metadata, catalogVersion: this.prices.catalogVersion });
    this.failures = createFailureLog({ strategy: "cost-callback", logger, clock, newId });
    this.#abandonedAfterMs = abandonedAfterMs;
    this.#onEntry = onEntry;
    this.#clock = clock;
    this.#newId = newId;
    this.#runs = new RunRegistry(maxOpenRuns, (node) => this.#giveUp(node));
    this.#costs = new RunCosts(maxFinishedRuns);
    this.#savings = new SavingsBook(this.#ledger, this.prices, (record) => this.#queue.addSavings(record));
    this.#tokens = new TokenEstimator({ tokenCounter, logger });
    this.#queue = new ExportQueue({ exporters, failures: this.failures });
    this.#late = new LateWork((error) => this.failures.note("end", error));
  }

  /** The books, complete up to now. */
  get ledger(): CostLedger {
    this.#late.drain();
    return this.#ledger;
  }

  /** Runs that have begun and not ended. */
  get openRuns(): number {
    return this.#runs.size;
  }

  /** Records that exporters did not take. */
  get droppedExports(): number {
    return this.#queue.dropped;
  }

  /** A run starts. Unknown parents are roots. */
  begin(start: RunStart): void {
    this.#sweep();
    const node = newRunNode(start, this.#runs.get(start.parentId), this.#clock);
    if (node.llm) this.#listenForAbort(node, node.llm);
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
    const call = this.#takeCall(runId);
    if (!call) return;
    if (call.node.parent) call.node.parent.failedCall = undefined;
    const message = firstMessage(result);
    const snapshot = !cached && message ? answerSnapshot(message) : undefined;
    if (!snapshot) return this.#endAnswered(call, result, cached);
    this.#late.add(() => void this.#endAnswered(call, { generations: [[{ text: "", message: snapshot } as never]] }, false));
  }

  /** A call that failed, was refused by a budget, or was aborted. */
  fail(runId: string, error: unknown): void | Promise<void> {
    const call = this.#takeCall(runId);
    if (!call) return;
    const { node, state } = call;
    const model = modelOf(call, undefined);
    if (findError(error, BudgetExceededError)) {
      this.#finish(call, model, { status: "refused", usage: null, reasons: [] });
      return;
    }
    if (node.parent) node.parent.failedCall = { id: node.id, attempt: state.attempt };
    if (isAbort(error)) return this.#abort(call);
    if (state.text === "" && state.chunkUsage === undefined) {
      // Providers do not bill a request that they answer with an error.
      this.#finish(call, model, { status: "error", usage: null, reasons: [] });
      return;
    }
    return this.#estimate(call, model, [state.text], { status: "error", reasons: ["call-failed-midway"] });
  }

  /** The reader of a stream has left it. */
  abandon(runId: string): void | Promise<void> {
    const call = this.#takeCall(runId);
    if (call) return this.#endAbandoned(call);
  }

  /** The end of a run that is no model call. */
  endRun(runId: string): void {
    const node = this.#take(runId);
    if (node) this.#close(node);
  }

  /** Records a cost that no callback tells of. */
  recordOwn(own: OwnCost): CostEntry {
    const node = this.#runs.get(own.runId);
    const entry = entryOfOwnCost(own, {
      id: own.id ?? this.#newId(),
      at: own.at ?? this.#clock.now(),
      parentId: node?.id,
      labels: labelsOfOwn(own, node, this.#labels),
      prices: this.prices,
    });
    this.#record(entry, node);
    return entry;
  }

  /** Adds a savings event; one of the same id counts once. `runId` says whose tags and metadata it takes. */
  recordSavings(event: SavingsEvent, runId?: string, tags?: readonly string[], metadata?: Readonly<Record<string, unknown>>): void {
    this.#late.drain();
    const node = this.#runs.get(event.llmRunId) ?? this.#runs.get(event.runId) ?? this.#runs.get(runId);
    const labels = node || metadata ? labelsOfOwn(node ? {} : { tags, metadata }, node, this.#labels) : undefined;
    this.#costs.addAvoided(node, this.#savings.addEvent(event, labels));
  }

  /** The labels that a run would have that is about to begin below `parentId`. */
  labelsFor(run: UpcomingRun): RunLabels {
    return labelsOfUpcoming(run, this.#runs.get(run.parentId), this.#labels);
  }

  /** The cost of a run and everything below it, while it runs and for the last finished ones. */
  costOf(runId: string): RunCost | undefined {
    this.#late.drain();
    return this.#costs.of(runId, this.#runs.get(runId));
  }

  /** Waits for counts that are being made. Never rejects. */
  async settled(): Promise<void> {
    this.#late.drain();
    await this.#tokens.settled();
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

  /** Takes a model call out; `undefined` where there is none to settle: unknown, ended before, or the wrapper of another call. */
  #takeCall(runId: string): EndedCall | undefined {
    const node = this.#take(runId);
    if (!node?.llm) return undefined;
    if (node.llm.hasInner) {
      this.#close(node);
      return undefined;
    }
    return { node, state: node.llm, endedAt: this.#clock.monotonic() };
  }

  #listenForAbort(node: RunNode, state: LlmState): void {
    // An aborted stream ends without any event: its generator is not resumed. A failing `invoke` tells of the same, a little later.
    state.stopListening = onAbortOf(state.extraParams, () => {
      const call = this.#takeCall(node.id);
      if (!call) return;
      if (node.parent) node.parent.failedCall = { id: node.id, attempt: state.attempt };
      void this.#abort(call);
    });
  }

  #endAnswered(call: EndedCall, result: LLMResult, cached: boolean): void | Promise<void> {
    const message = firstMessage(result);
    const model = modelOf(call, message);
    const mark = message && cacheMark(message);
    if (cached || mark) {
      this.#endCached(call, model, message, mark);
      return;
    }
    const reading = readAnswer(result, call.state, model, this.prices, call.node.at);
    if (!reading.usage) return this.#estimate(call, model, reading.texts, { status: "ok", message, reasons: ["usage-not-sent"] });
    this.#finish(call, model, { status: "ok", message, ...reading });
  }

  #endCached(call: EndedCall, model: RunModel, message: BaseMessage | undefined, mark: CacheMark | undefined): void {
    const { node } = call;
    const source = { model: model.served ?? model.requested ?? "unknown", provider: model.provider, at: node.at };
    const labels = labelsOfRun(node, this.#labels);
    const avoided = mark
      ? this.#savings.addMark(mark, "semantic-cache", source, labels)
      : this.#savings.addMark(
          { decisionId: node.id, kind: "exact", savedUsage: message ? cachedUsage(message) : null },
          "langchain-cache",
          source,
          labels,
        );
    this.#finish(call, model, { status: "cached", usage: { inputTokens: 0, outputTokens: 0 }, message, avoided, reasons: [] });
  }

  #abort(call: EndedCall): void | Promise<void> {
    const reason: EstimateReason = !call.state.streamed ? "call-aborted" : "stream-aborted";
    return this.#estimate(call, modelOf(call, undefined), [call.state.text], { status: "aborted", reasons: [reason] });
  }

  #endAbandoned(call: EndedCall): void | Promise<void> {
    return this.#estimate(call, modelOf(call, undefined), [call.state.text], { status: "abandoned", reasons: ["stream-abandoned"] });
  }

  /** An open run that was pushed out by newer ones. */
  #giveUp(node: RunNode): void {
    node.llm?.stopListening?.();
    if (!node.llm || node.llm.hasInner) this.#close(node);
    else void this.#endAbandoned({ node, state: node.llm, endedAt: this.#clock.monotonic() });
  }

  /** Settles streams that nobody reads any more. Looked at now and then, so that no timer is needed. */
  #sweep(force = false): void {
    const now = this.#clock.monotonic();
    if (!force && now - this.#sweptAt < this.#abandonedAfterMs / 4) return;
    this.#sweptAt = now;
    for (const { id } of this.#runs.silent(now, this.#abandonedAfterMs)) void this.abandon(id);
  }

  /** Counts the tokens of a call ourselves. */
  #estimate(call: EndedCall, model: RunModel, texts: readonly string[], outcome: Omit<CallOutcome, "usage">): void | Promise<void> {
    return this.#tokens.estimate(call.state, texts, model.served ?? model.requested, (usage) =>
      this.#finish(call, model, { ...outcome, usage }),
    );
  }

  #finish({ node, state, endedAt }: EndedCall, model: RunModel, outcome: CallOutcome): void {
    const entry = entryOfCall(node, state, model, outcome, { prices: this.prices, labels: labelsOfRun(node, this.#labels), endedAt });
    this.#record(entry, node);
    if (outcome.avoided?.nanoUsd) this.#costs.addAvoided(node, outcome.avoided.nanoUsd);
    this.#close(node);
  }

  #record(entry: CostEntry, node: RunNode | undefined): void {
    // Calls that ended before this one come first.
    this.#late.drain();
    if (!this.#ledger.record(entry)) return;
    this.#costs.add(node, entry);
    this.#queue.addEntry(entry);
    if (!this.#onEntry) return;
    try {
      this.#onEntry(entry);
    } catch (error) {
      this.failures.note("on-entry", error);
    }
  }

  /** Keeps a run's cost, after that of the calls that ended before it. */
  #close(node: RunNode): void {
    if (this.#late.size === 0) this.#costs.close(node);
    else this.#late.add(() => this.#costs.close(node));
  }
}

function modelOf({ node, state }: EndedCall, message: BaseMessage | undefined): RunModel {
  return modelFromRun({ message, metadata: node.metadata, extraParams: state.extraParams, serialized: state.serialized });
}
