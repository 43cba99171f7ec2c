import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import { BaseChatModel, type BaseChatModelCallOptions, type BindToolsInput } from "@langchain/core/language_models/chat_models";
import type { AIMessageChunk } from "@langchain/core/messages";
import type { Runnable } from "@langchain/core/runnables";
import { rewrapModel } from "./rewrap-model.ts";

/** The call after which a model inside needs its wrapper anew. */
export type Rebinding =
  | { readonly kind: "tools"; readonly tools: BindToolsInput[]; readonly kwargs: Partial<BaseChatModelCallOptions> | undefined }
  | { readonly kind: "config" }
  | { readonly kind: "structured"; readonly schema: unknown; readonly config: unknown };

/** Call options of a chat model's type. */
export type CallOptionsOf<M extends BaseChatModel> = M extends BaseChatModel<infer Options> ? Options : BaseChatModelCallOptions;

/**
 * A chat model around another one, which it shows as itself: name, tracing parameters, profile and call keys are the inner model's, and
 * `bindTools`, `withConfig` and `withStructuredOutput` put the wrapper around the model inside of what the inner model returns. A subclass
 * says what happens to a call.
 */
export abstract class WrappedChatModel<M extends BaseChatModel = BaseChatModel> extends BaseChatModel<CallOptionsOf<M>> {
  override lc_serializable = false;
  readonly inner: M;

  constructor(inner: M) {
    // No fields: nothing of the inner model (keys, clients) gets into traces.
    super({});
    this.inner = inner;
    this.disableStreaming = inner.disableStreaming;
    if (inner.outputVersion !== undefined) this.outputVersion = inner.outputVersion;
  }

  /** The same wrapper around another model. */
  protected abstract wrap(model: BaseChatModel, rebinding: Rebinding): BaseChatModel;

  /** A wrapper around the structured output of a model that cannot be looked into, because it chooses late (a router does). */
  protected abstract wrapStructured(
    structured: Runnable<BaseLanguageModelInput, unknown>,
    rebinding: Rebinding & { readonly kind: "structured" },
  ): Runnable<BaseLanguageModelInput, unknown>;

  /** The base class's constructor asks before `inner` is there. */
  override _llmType(): string {
    return (this.inner as M | undefined)?._llmType() ?? "langthrift-wrapped";
  }

  override get callKeys(): string[] {
    return (this.inner as M | undefined)?.callKeys ?? super.callKeys;
  }

  override get profile(): BaseChatModel["profile"] {
    return this.inner.profile;
  }

  /** The inner model's name, where it shows one, for outer layers. */
  get model(): string | undefined {
    const { model, modelName } = this.inner as { model?: unknown; modelName?: unknown };
    return [model, modelName].find((name): name is string => typeof name === "string");
  }

  override getName(suffix?: string): string {
    return this.inner.getName(suffix);
  }

  override getLsParams(options: this["ParsedCallOptions"]): ReturnType<BaseChatModel["getLsParams"]> {
    return this.inner.getLsParams(options);
  }

  override invocationParams(options?: this["ParsedCallOptions"]): unknown {
    return this.inner.invocationParams(options) as unknown;
  }

  override _identifyingParams(): Record<string, unknown> {
    return this.inner._identifyingParams() as Record<string, unknown>;
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs?: Partial<CallOptionsOf<M>>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, CallOptionsOf<M>> {
    if (!this.inner.bindTools) throw new Error(`${this.inner.getName()} has no bindTools(), so what wraps it has none either.`);
    return this.#rewrap(this.inner.bindTools(tools, kwargs as never), { kind: "tools", tools, kwargs }) as never;
  }

  override withConfig(config: Partial<CallOptionsOf<M>>): Runnable<BaseLanguageModelInput, AIMessageChunk, CallOptionsOf<M>> {
    return this.#rewrap(this.inner.withConfig(config as never), { kind: "config" }) as never;
  }

  override withStructuredOutput: BaseChatModel["withStructuredOutput"] = ((schema: never, config?: never) => {
    const rebinding: Rebinding & { kind: "structured" } = { kind: "structured", schema, config };
    const structured = this.inner.withStructuredOutput(schema, config) as Runnable<BaseLanguageModelInput, unknown>;
    const rewrapped = this.#rewrap(structured, rebinding);
    return rewrapped === structured ? this.wrapStructured(structured, rebinding) : rewrapped;
  }) as never;

  #rewrap(runnable: Runnable, rebinding: Rebinding): Runnable {
    return rewrapModel(runnable, (model) => this.wrap(model, rebinding));
  }
}
