import { BaseCallbackHandler, type HandleLLMNewTokenCallbackFields, type NewTokenIndices } from "@langchain/core/callbacks/base";
import type { Serialized } from "@langchain/core/load/serializable";
import type { BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import { SAVINGS_EVENT, type SavingsEvent } from "@langthrift/core";
import type { CostEntry } from "./cost-entry.ts";
import { CostRecorder } from "./cost-recorder.ts";
import type { CostQuery, CostSummary } from "./cost-summary.ts";
import type { CostRecorderOptions, OwnCost, RunCost, RunStart } from "./recorder-types.ts";
import { recordOf, textOf } from "./unknown-record.ts";

export type CostCallbackHandlerOptions = CostRecorderOptions;

/**
 * Counts what every run costs, and what was avoided. Pass it in `callbacks` of a call, a model, a chain or an agent; one instance can be
 * in several of these places and counts a call once. It is awaited, so a sum is right as soon as a call has returned.
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

  constructor(options: CostCallbackHandlerOptions = {}) {
    // Without the options: LangChain would show them in traces.
    super({ _awaitHandler: true });
    this.recorder = new CostRecorder(options);
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
    this.#guard("savings", () => this.recorder.recordSavings(event));
  };

  /** Adds a cost that no callback tells of, such as a paid tool. Never throws. */
  recordCost(cost: OwnCost): void {
    this.#guard("own-cost", () => {
      this.recorder.recordOwn(cost);
    });
  }

  /** Waits for pending counts and exports. Never rejects. */
  async flush(): Promise<void> {
    await this.recorder.flush();
  }

  /** `flush`, then closes the exporters. */
  async close(): Promise<void> {
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
  ): void {
    this.#begin({
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
  ): void {
    this.#begin({
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
    this.#guard("token", () => {
      this.recorder.progress(runId, token, recordOf(fields?.chunk)?.["message"] as BaseMessage | undefined);
    });
  }

  override handleLLMEnd(
    result: LLMResult,
    runId: string,
    _parentRunId?: string,
    _tags?: string[],
    extraParams?: Record<string, unknown>,
  ): void | Promise<void> {
    return this.#guardLate("end", () => this.recorder.end(runId, result, extraParams?.["cached"] === true));
  }

  override handleLLMError(error: unknown, runId: string): void | Promise<void> {
    return this.#guardLate("error", () => this.recorder.fail(runId, error));
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
    this.#guard("savings", () => this.recorder.recordSavings(data as SavingsEvent, runId, tags, metadata));
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
    this.#guard("start", () => this.recorder.begin(start));
  }

  #endRun(runId: string): void {
    this.#guard("end", () => this.recorder.endRun(runId));
  }

  /** A throw in a handler can cost a caller an answer that is paid for: it is counted and swallowed. */
  #guard(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.recorder.failures.note(what, error);
    }
  }

  /** As `#guard`, for steps that may have to count tokens first. */
  #guardLate(what: string, run: () => void | Promise<void>): void | Promise<void> {
    try {
      return run()?.catch((error: unknown) => this.recorder.failures.note(what, error));
    } catch (error) {
      this.recorder.failures.note(what, error);
    }
  }
}

/** The last part of a serialized runnable's id, for example "ChatOpenAI". */
function className(serialized: unknown): string | undefined {
  const id = recordOf(serialized)?.["id"];
  return Array.isArray(id) ? textOf(id.at(-1)) : undefined;
}
