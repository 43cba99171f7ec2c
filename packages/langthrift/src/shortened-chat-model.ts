import type { Callbacks } from "@langchain/core/callbacks/manager";
import { type BaseLanguageModelInput } from "@langchain/core/language_models/base";
import { BaseChatModel, type BaseChatModelCallOptions, type BindToolsInput } from "@langchain/core/language_models/chat_models";
import type { AIMessageChunk, BaseMessage, BaseMessageLike } from "@langchain/core/messages";
import type { ChatGenerationChunk, ChatResult, LLMResult } from "@langchain/core/outputs";
import { Runnable, type RunnableConfig } from "@langchain/core/runnables";
import { inputMessages, rewrapModel } from "@langthrift/core";

/** Makes the messages of one call shorter. Fails open: what it cannot shorten it returns. */
export type Shorten = (messages: BaseMessage[], config: RunnableConfig) => Promise<BaseMessage[]>;

/** A chat model that sees shortened messages. Runs and callbacks are the inner model's own. */
export class ShortenedChatModel extends BaseChatModel {
  override lc_serializable = false;
  readonly inner: BaseChatModel;
  readonly #shorten: Shorten;

  constructor(inner: BaseChatModel, shorten: Shorten) {
    super({});
    this.inner = inner;
    this.#shorten = shorten;
    this.disableStreaming = inner.disableStreaming;
  }

  static override lc_name(): string {
    return "ShortenedChatModel";
  }

  /** The base class's constructor asks before `inner` is there. */
  override _llmType(): string {
    return (this.inner as BaseChatModel | undefined)?._llmType() ?? "langthrift-shortened";
  }

  override get callKeys(): string[] {
    return (this.inner as BaseChatModel | undefined)?.callKeys ?? super.callKeys;
  }

  override get profile(): BaseChatModel["profile"] {
    return this.inner.profile;
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

  /** The inner model's name, for outer layers. */
  get model(): string | undefined {
    const { model, modelName } = this.inner as { model?: unknown; modelName?: unknown };
    return [model, modelName].find((name): name is string => typeof name === "string");
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs?: Partial<BaseChatModelCallOptions>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk> {
    if (!this.inner.bindTools) throw new Error(`${this.inner.getName()} has no bindTools(), so the shortened model has none either.`);
    return this.#rewrap(this.inner.bindTools(tools, kwargs)) as Runnable<BaseLanguageModelInput, AIMessageChunk>;
  }

  override withConfig(config: Partial<BaseChatModelCallOptions>): Runnable<BaseLanguageModelInput, AIMessageChunk> {
    return this.#rewrap(this.inner.withConfig(config)) as Runnable<BaseLanguageModelInput, AIMessageChunk>;
  }

  override withStructuredOutput: BaseChatModel["withStructuredOutput"] = ((schema: never, config?: never) => {
    const structured = this.inner.withStructuredOutput(schema, config) as Runnable<BaseLanguageModelInput, unknown>;
    const rewrapped = this.#rewrap(structured);
    return rewrapped === structured ? new ShortenedRunnable(structured, this.#shorten) : rewrapped;
  }) as never;

  override async invoke(input: BaseLanguageModelInput, options?: Partial<BaseChatModelCallOptions>): Promise<AIMessageChunk> {
    return this.inner.invoke(await this.#shorten(inputMessages(input), options ?? {}), options);
  }

  override async *_streamIterator(
    input: BaseLanguageModelInput,
    options?: Partial<BaseChatModelCallOptions>,
  ): AsyncGenerator<AIMessageChunk> {
    yield* this.inner._streamIterator(await this.#shorten(inputMessages(input), options ?? {}), options as never);
  }

  override async generate(
    messages: BaseMessageLike[][],
    options?: string[] | Partial<BaseChatModelCallOptions>,
    callbacks?: Callbacks,
  ): Promise<LLMResult> {
    const config = Array.isArray(options) ? {} : (options ?? {});
    const shortened = await Promise.all(messages.map((list) => this.#shorten(inputMessages(list), config)));
    return this.inner.generate(shortened, options, callbacks);
  }

  override async _generate(messages: BaseMessage[], ...rest: [this["ParsedCallOptions"], never?]): Promise<ChatResult> {
    return this.inner._generate(await this.#shorten(messages, {}), ...rest);
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    ...rest: [this["ParsedCallOptions"], never?]
  ): AsyncGenerator<ChatGenerationChunk> {
    yield* this.inner._streamResponseChunks(await this.#shorten(messages, {}), ...rest);
  }

  #rewrap(runnable: Runnable): Runnable {
    return rewrapModel(runnable, (model) => new ShortenedChatModel(model, this.#shorten));
  }
}

/** Structured output of a model that chooses late and cannot be wrapped inside. */
class ShortenedRunnable<Output> extends Runnable<BaseLanguageModelInput, Output> {
  override lc_serializable = false;
  lc_namespace: string[] = ["langthrift"];
  readonly #inner: Runnable<BaseLanguageModelInput, Output>;
  readonly #shorten: Shorten;

  constructor(inner: Runnable<BaseLanguageModelInput, Output>, shorten: Shorten) {
    super();
    this.#inner = inner;
    this.#shorten = shorten;
  }

  override getName(suffix?: string): string {
    return this.#inner.getName(suffix);
  }

  override async invoke(input: BaseLanguageModelInput, options?: Partial<RunnableConfig>): Promise<Output> {
    return this.#inner.invoke(await this.#shorten(inputMessages(input), options ?? {}), options);
  }

  override async *_streamIterator(input: BaseLanguageModelInput, options?: Partial<RunnableConfig>): AsyncGenerator<Output> {
    yield* await this.#inner.stream(await this.#shorten(inputMessages(input), options ?? {}), options);
  }
}
