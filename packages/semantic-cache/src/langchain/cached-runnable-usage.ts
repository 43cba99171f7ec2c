import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { Serialized } from "@langchain/core/load/serializable";
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import {
  addUsage,
  cacheMark,
  modelFromRun,
  normalizeUsage,
  type NanoUsd,
  type PriceBook,
  type Usage,
  usageFromMessage,
} from "@langthrift/core";
import type { CachedResponse } from "../cached-response.ts";

interface SeenRun {
  readonly parent: SeenRun | undefined;
  readonly model: Omit<Parameters<typeof modelFromRun>[0], "message"> | undefined;
  /** Another model run began below: that one is the call. */
  wrapper: boolean;
}

interface SeenCall {
  readonly model: string | undefined;
  readonly provider: string | undefined;
  readonly usage: Usage | null;
}

/** What a chain's answer took, for the entry that keeps it. */
export interface ChainCost {
  readonly response: Pick<CachedResponse, "usage" | "model" | "provider">;
  /** Of several calls, in nano-dollars; `undefined`: as the response says. */
  readonly nanoUsd?: NanoUsd | null;
}

/** Hears the model calls of one chain. */
export class ChainUsage extends BaseCallbackHandler {
  readonly name: string = "langthrift_chain_usage";
  override awaitHandlers: boolean = true;
  readonly #runs = new Map<string, SeenRun>();
  readonly #calls: SeenCall[] = [];
  #heard = false;

  constructor() {
    super({ _awaitHandler: true });
  }

  /** @param output The chain's; tells where no call was heard of. */
  cost(output: unknown, prices: PriceBook): ChainCost {
    const calls = this.#heard || !AIMessage.isInstance(output) ? this.#calls : [callOf(output, {})];
    const [first, ...others] = calls;
    // One call without usage makes the whole unknown.
    if (!first?.usage || others.some(({ usage }) => usage === null)) return { response: {} };
    const one = others.every(({ model, provider }) => model === first.model && provider === first.provider);
    const response = {
      usage: others.reduce((sum, { usage }) => addUsage(sum, usage as Usage), first.usage),
      ...(one && first.model !== undefined && { model: first.model }),
      ...(one && first.provider !== undefined && { provider: first.provider }),
    };
    // Each call has its own place in its model's price steps.
    return others.length === 0 ? { response } : { response, nanoUsd: sumOf(calls, prices) };
  }

  override copy(): this {
    return this;
  }

  override handleChatModelStart(...args: readonly unknown[]): void {
    this.#begin(args);
  }

  override handleLLMStart(...args: readonly unknown[]): void {
    this.#begin(args);
  }

  override handleLLMEnd(result: LLMResult, id: string, _parentId?: string, _tags?: string[], extra?: Record<string, unknown>): void {
    const run = this.#runs.get(id);
    if (!run || run.wrapper) return;
    const message = (result.generations[0]?.[0] as { readonly message?: BaseMessage } | undefined)?.message;
    // What another cache gave cost nothing.
    if (extra?.["cached"] === true || (message && cacheMark(message))) return;
    this.#calls.push(message ? callOf(message, run.model ?? {}) : completionOf(result, run.model ?? {}));
  }

  /** The published type of this method has its arguments in another order than LangChain calls it with. */
  override handleChainStart(...[, , id, parentId]: readonly unknown[]): void {
    this.#add(id, parentId, undefined);
  }

  override handleToolStart(...[, , id, parentId]: readonly unknown[]): void {
    this.#add(id, parentId, undefined);
  }

  #begin([serialized, , id, parentId, extraParams, , metadata]: readonly unknown[]): void {
    this.#heard = true;
    const run = this.#add(id, parentId, { serialized: serialized as Serialized, extraParams, metadata } as SeenRun["model"]);
    for (let above = run?.parent; above; above = above.parent) if (above.model) above.wrapper = true;
  }

  #add(id: unknown, parentId: unknown, model: SeenRun["model"]): SeenRun | undefined {
    if (typeof id !== "string") return undefined;
    const run = { parent: typeof parentId === "string" ? this.#runs.get(parentId) : undefined, model, wrapper: false };
    this.#runs.set(id, run);
    return run;
  }
}

function callOf(message: BaseMessage, parts: NonNullable<SeenRun["model"]>): SeenCall {
  const { served, requested, provider } = modelFromRun({ ...parts, message });
  const usage = usageFromMessage(message);
  // Some clients write 0 and 0 where the provider sent nothing.
  const sent = (usage?.inputTokens ?? 0) > 0 || (usage?.outputTokens ?? 0) > 0;
  return { model: served ?? requested, provider, usage: sent ? usage : null };
}

/** Text completion models report in `llmOutput` alone. */
function completionOf({ llmOutput }: LLMResult, parts: NonNullable<SeenRun["model"]>): SeenCall {
  const { requested, provider } = modelFromRun({ ...parts, message: undefined });
  const { promptTokens, completionTokens } = (llmOutput?.["tokenUsage"] ?? {}) as Record<string, unknown>;
  return { model: requested, provider, usage: normalizeUsage({ inputTokens: promptTokens, outputTokens: completionTokens }) };
}

function sumOf(calls: readonly SeenCall[], prices: PriceBook): NanoUsd | null {
  let sum = 0;
  for (const { model, provider, usage } of calls) {
    const price = model === undefined || !usage ? null : priceOf(prices, model, provider, usage);
    if (price === null) return null;
    sum += price;
  }
  return sum as NanoUsd;
}

function priceOf(prices: PriceBook, model: string, provider: string | undefined, usage: Usage): NanoUsd | null {
  try {
    return prices.priceOf({ model, usage, ...(provider !== undefined && { provider }) }).nanoUsd;
  } catch {
    // A price book may be told to throw; keeping an answer is not worth an error.
    return null;
  }
}
