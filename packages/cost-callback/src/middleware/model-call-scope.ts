import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { Serialized } from "@langchain/core/load/serializable";
import type { BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import { cacheMark, modelFromRun } from "@langthrift/core";
import { firstMessage } from "../call-usage.ts";
import type { RunStart } from "../recorder-types.ts";

/** A model run below a middleware that did not go through the model it had put into the request. */
export interface OutsideRun {
  readonly start: RunStart;
  readonly model: string;
  readonly provider: string | undefined;
}

/** Listens to the model runs of one pass through a middleware: a later middleware may have put another model in place of the metered one. */
export class ModelCallScope extends BaseCallbackHandler {
  readonly name: string;
  override awaitHandlers: boolean = true;
  readonly #outer: ModelCallScope | undefined;
  readonly #outside: OutsideRun[] = [];
  /** Metered runs, outside runs, and what is below them. */
  readonly #known = new Set<string>();
  readonly #decisions = new Set<string>();
  #answered = false;

  /** @param outer The scope of the same ledger around this one, of which LangChain does not tell while this one is open. */
  constructor(name: string, outer: ModelCallScope | undefined) {
    super({ _awaitHandler: true });
    this.name = name;
    this.#outer = outer;
  }

  /** Model runs that nobody has metered, in order. */
  get outside(): readonly OutsideRun[] {
    return this.#outside;
  }

  /** A metered call begins: its run, and what is below it, is taken care of. */
  metered(runId: string): void {
    this.#known.add(runId);
  }

  /** Whether the ledger has heard of an answer. */
  heardOf(answer: BaseMessage): boolean {
    const mark = cacheMark(answer);
    return mark ? this.#decisions.has(mark.decisionId) : this.#answered;
  }

  override copy(): this {
    return this;
  }

  override handleChatModelStart(
    serialized: Serialized,
    _messages: BaseMessage[][],
    id: string,
    parentId?: string,
    extraParams?: Record<string, unknown>,
    tags?: string[],
    metadata?: Record<string, unknown>,
  ): void {
    this.begun({ id, parentId, kind: "llm", tags, metadata, llm: { serialized, extraParams } });
  }

  override handleLLMStart(
    serialized: Serialized,
    _prompts: string[],
    id: string,
    parentId?: string,
    extraParams?: Record<string, unknown>,
    tags?: string[],
    metadata?: Record<string, unknown>,
  ): void {
    this.begun({ id, parentId, kind: "llm", tags, metadata, llm: { serialized, extraParams } });
  }

  override handleLLMEnd(result: LLMResult): void {
    this.ended(firstMessage(result));
  }

  /** The published type of this method has its arguments in another order than LangChain calls it with. */
  override handleChainStart(...[, , id, parentId]: readonly unknown[]): void {
    this.entered(id, parentId);
  }

  override handleToolStart(...[, , id, parentId]: readonly unknown[]): void {
    this.entered(id, parentId);
  }

  /** A model run has begun. */
  begun(start: RunStart): void {
    this.#outer?.begun(start);
    if (start.parentId !== undefined && this.#known.has(start.parentId)) this.#known.add(start.id);
    if (this.#known.has(start.id)) return;
    this.#known.add(start.id);
    const { requested, served, provider } = modelFromRun({
      message: undefined,
      metadata: start.metadata,
      extraParams: start.llm?.extraParams,
      serialized: start.llm?.serialized,
    });
    this.#outside.push({ start, model: served ?? requested ?? "unknown", provider });
  }

  /** A model run has ended well. */
  ended(message: BaseMessage | undefined): void {
    this.#outer?.ended(message);
    this.#answered = true;
    const mark = message && cacheMark(message);
    if (mark) this.#decisions.add(mark.decisionId);
  }

  /** Any run has begun: what is below a known run is known. */
  entered(id: unknown, parentId: unknown): void {
    this.#outer?.entered(id, parentId);
    if (typeof id === "string" && typeof parentId === "string" && this.#known.has(parentId)) this.#known.add(id);
  }
}
