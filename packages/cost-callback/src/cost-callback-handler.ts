import { BaseCallbackHandler, type HandleLLMNewTokenCallbackFields, type NewTokenIndices } from "@langchain/core/callbacks/base";
import type { Serialized } from "@langchain/core/load/serializable";
import type { BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import { BudgetExceededError, findError, SAVINGS_EVENT, type SavingsEvent, UnknownPriceError } from "@langthrift/core";
import { BudgetKeeper, type BudgetKeeperOptions } from "./budgets/budget-keeper.ts";
import type { CostEntry } from "./cost-entry.ts";
import { CostRecorder } from "./cost-recorder.ts";
import type { CostQuery, CostSummary } from "./cost-summary.ts";
import { CallGuard } from "./metering/call-guard.ts";
import type { CostRecorderOptions, OwnCost, RunCost, RunStart } from "./recorder-types.ts";
import { recordOf, textOf } from "./unknown-record.ts";

/** Options of {@link CostCallbackHandler}. */
export interface CostCallbackHandlerOptions
  extends CostRecorderOptions, Partial<Pick<BudgetKeeperOptions, "budgets" | "store" | "storeTimeoutMs" | "onAlert">> {
  /** Made with `new BudgetKeeper(…)`, to share budgets with other handlers; in place of `budgets` and what belongs to them. */
  readonly keeper?: BudgetKeeper;
}

let instances = 0;

/**
 * Counts what every run costs, and what was avoided. Pass it in `callbacks` of a call, a model, a chain or an agent; one instance can be
 * in several of these places and counts a call once. It is awaited, so a sum is right as soon as a call has returned.
 *
 * With `budgets` it also refuses: a call that a hard budget has no money for throws BudgetExceededError before anything is sent. A handler
 * is asked before LangChain's cache is, cannot answer or take a cheaper model, and does not hear of `streamEvents()` without a version;
 * `withCost` and `budgetMiddleware` have none of these limits. Give the same budgets to only one of the three.
 *
 * @example
 * const costs = new CostCallbackHandler();
 * await model.invoke("Hello", { callbacks: [costs], tags: ["greeting"] });
 * formatUsd(costs.summary().spentNanoUsd);
 */
export class CostCallbackHandler extends BaseCallbackHandler {
  readonly name: string = "langthrift_cost";
  override awaitHandlers: boolean = true;
  /** The engine; `withCost`, `TrackedEmbeddings` and others record into it. */
  readonly recorder: CostRecorder;
  readonly #keeper: BudgetKeeper | undefined;
  readonly #guard: CallGuard | undefined;

  /** @throws {InvalidOptionError} when a budget or a limit of the ledger is out of range. */
  constructor({ budgets = [], store, storeTimeoutMs, onAlert, keeper, ...options }: CostCallbackHandlerOptions = {}) {
    const refuses = keeper !== undefined || budgets.length > 0;
    // Without the options: LangChain would show them in traces. To throw must be asked for here: as a field it would come too late.
    super({ _awaitHandler: true, raiseError: refuses });
    // LangChain takes handlers of one name for the same one; ledgers are not.
    instances += 1;
    if (instances > 1) this.name = `langthrift_cost_${instances}`;
    const { onEntry, clock, newId, logger, tokenCounter } = options;
    this.recorder = new CostRecorder({
      ...options,
      onEntry: (entry) => {
        this.#guard?.saw(entry);
        onEntry?.(entry);
      },
    });
    if (!refuses) return;
    this.#keeper =
      keeper ??
      new BudgetKeeper({
        budgets,
        prices: this.recorder.prices,
        ...(store && { store }),
        ...(storeTimeoutMs !== undefined && { storeTimeoutMs }),
        ...(onAlert && { onAlert }),
        ...(clock && { clock }),
        ...(newId && { newId }),
        ...(logger !== undefined && { logger }),
      });
    this.#guard = new CallGuard(this.#keeper, tokenCounter);
  }

  /** Sums, of everything or by a dimension. @throws {InvalidOptionError} for a dimension that is not kept. */
  summary(query?: CostQuery): CostSummary {
    return this.recorder.ledger.summary(query);
  }

  /** The last calls one by one, oldest first. */
  entries(): CostEntry[] {
    return this.recorder.ledger.entries();
  }

  /** The cost of a run and everything below it. Run ids are those of LangChain (`config.runId`). */
  costOf(runId: string): RunCost | undefined {
    return this.recorder.costOf(runId);
  }

  /** Adds a savings event; a known id is a no-op. Bound: `onEvent: costs.recordSavings` works. Never throws. */
  readonly recordSavings = (event: SavingsEvent): void => {
    this.#safely("savings", () => this.recorder.recordSavings(event));
  };

  /** Adds a cost that no callback tells of, such as a paid tool. Never throws. */
  recordCost(cost: OwnCost): void {
    this.#safely("own-cost", () => {
      this.recorder.recordOwn(cost);
    });
  }

  /** Waits for pending counts and exports. Never rejects. */
  async flush(): Promise<void> {
    await this.recorder.flush();
    await this.#keeper?.flush();
  }

  /** `flush`, then closes the exporters. */
  async close(): Promise<void> {
    await this.flush();
    await this.recorder.close();
  }

  /** One ledger stays one ledger. */
  override copy(): this {
    return this;
  }

  override handleChatModelStart(
    serialized: Serialized,
    messages: BaseMessage[][],
    id: string,
    parentId?: string,
    extraParams?: Record<string, unknown>,
    tags?: string[],
    metadata?: Record<string, unknown>,
    name?: string,
  ): void | Promise<void> {
    return this.#beginCall({
      id,
      parentId,
      kind: "llm",
      name: name ?? className(serialized),
      tags,
      metadata,
      llm: { serialized, messages: messages[0] ?? [], extraParams },
    });
  }

  override handleLLMStart(
    serialized: Serialized,
    prompts: string[],
    id: string,
    parentId?: string,
    extraParams?: Record<string, unknown>,
    tags?: string[],
    metadata?: Record<string, unknown>,
    name?: string,
  ): void | Promise<void> {
    return this.#beginCall({
      id,
      parentId,
      kind: "llm",
      name: name ?? className(serialized),
      tags,
      metadata,
      llm: { serialized, prompts, extraParams },
    });
  }

  override handleLLMNewToken(
    token: string,
    _indices: NewTokenIndices,
    runId: string,
    _parentRunId?: string,
    _tags?: string[],
    fields?: HandleLLMNewTokenCallbackFields,
  ): void {
    this.#safely("token", () => {
      this.recorder.progress(runId, token, recordOf(fields?.chunk)?.["message"] as BaseMessage | undefined);
      this.#guard?.progress(runId, token);
    });
  }

  override handleLLMEnd(
    result: LLMResult,
    runId: string,
    _parentRunId?: string,
    _tags?: string[],
    extraParams?: Record<string, unknown>,
  ): void | Promise<void> {
    return this.#endCall(runId, "end", () => this.recorder.end(runId, result, extraParams?.["cached"] === true));
  }

  override handleLLMError(error: unknown, runId: string): void | Promise<void> {
    return this.#endCall(runId, "error", () => this.recorder.fail(runId, error));
  }

  /** The published type of this method has its arguments in another order than LangChain calls it with. */
  override handleChainStart(...args: readonly unknown[]): void {
    const [serialized, , id, parentId, tags, metadata, , name] = args;
    this.#beginOther("chain", serialized, id, parentId, tags, metadata, name);
  }

  override handleChainEnd(_outputs: unknown, runId: string): void {
    this.#endRun(runId);
  }

  override handleChainError(_error: unknown, runId: string): void {
    this.#endRun(runId);
  }

  override handleToolStart(...args: readonly unknown[]): void {
    const [serialized, , id, parentId, tags, metadata, name] = args;
    this.#beginOther("tool", serialized, id, parentId, tags, metadata, name);
  }

  override handleToolEnd(_output: unknown, runId: string): void {
    this.#endRun(runId);
  }

  override handleToolError(_error: unknown, runId: string): void {
    this.#endRun(runId);
  }

  override handleRetrieverStart(...args: readonly unknown[]): void {
    const [serialized, , id, parentId, tags, metadata, name] = args;
    this.#beginOther("retriever", serialized, id, parentId, tags, metadata, name);
  }

  override handleRetrieverEnd(_documents: unknown, runId: string): void {
    this.#endRun(runId);
  }

  override handleRetrieverError(_error: unknown, runId: string): void {
    this.#endRun(runId);
  }

  override handleCustomEvent(eventName: string, data: unknown, runId: string, tags?: string[], metadata?: Record<string, unknown>): void {
    if (eventName !== SAVINGS_EVENT) return;
    this.#safely("savings", () => this.recorder.recordSavings(data as SavingsEvent, runId, tags, metadata));
  }

  #beginOther(
    kind: RunStart["kind"],
    serialized: unknown,
    id: unknown,
    parentId: unknown,
    tags: unknown,
    metadata: unknown,
    name: unknown,
  ): void {
    if (typeof id !== "string") return;
    this.#begin({
      id,
      parentId: textOf(parentId),
      kind,
      name: textOf(name) ?? className(serialized),
      tags: Array.isArray(tags) ? (tags as string[]) : undefined,
      metadata: recordOf(metadata),
    });
  }

  #begin(start: RunStart): void {
    this.#safely("start", () => this.recorder.begin(start));
  }

  #endRun(runId: string): void {
    this.#safely("end", () => this.recorder.endRun(runId));
  }

  /** A throw in a handler can cost a caller an answer that is paid for: it is counted and swallowed. */
  #safely(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.recorder.failures.note(what, error);
    }
  }

  /** As `#safely`, for steps that may have to count tokens first. */
  #safelyLate(what: string, run: () => void | Promise<void>): void | Promise<void> {
    try {
      return run()?.catch((error: unknown) => this.recorder.failures.note(what, error));
    } catch (error) {
      this.recorder.failures.note(what, error);
    }
  }

  #beginCall(start: RunStart): void | Promise<void> {
    this.#begin(start);
    if (this.#guard) return this.#admit(this.#guard, start);
  }

  async #admit(guard: CallGuard, start: RunStart): Promise<void> {
    try {
      const { id, parentId, tags, metadata } = start;
      await guard.admit(start, this.recorder.labelsFor({ runId: id, parentId, tags, metadata }));
    } catch (error) {
      if (!findError(error, BudgetExceededError) && !findError(error, UnknownPriceError)) {
        // Ours, and no reason to keep a call from being made.
        this.recorder.failures.note("budget", error);
        return;
      }
      // LangChain ends a run that was refused at its start without another word.
      this.#safely("refused", () => void this.recorder.fail(start.id, error));
      throw error;
    }
  }

  #endCall(runId: string, what: string, run: () => void | Promise<void>): void | Promise<void> {
    const counted = this.#safelyLate(what, run);
    const guard = this.#guard;
    if (!guard) return counted;
    return this.#safelyLate("budget", async () => {
      await counted;
      // Brings the books up to date, and thereby the guard.
      const cost = this.recorder.costOf(runId);
      await guard.end(runId, (cost?.calls ?? 0) > 0);
    });
  }
}

/** The last part of a serialized runnable's id, for example "ChatOpenAI". */
function className(serialized: unknown): string | undefined {
  const id = recordOf(serialized)?.["id"];
  return Array.isArray(id) ? textOf(id.at(-1)) : undefined;
}
