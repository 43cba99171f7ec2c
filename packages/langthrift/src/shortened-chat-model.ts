import type { Callbacks } from "@langchain/core/callbacks/manager";
import { type BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseChatModel, BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import type { AIMessageChunk, BaseMessage, BaseMessageLike } from "@langchain/core/messages";
import type { ChatGenerationChunk, ChatResult, LLMResult } from "@langchain/core/outputs";
import { Runnable, type RunnableConfig } from "@langchain/core/runnables";
import { inputMessages, WrappedChatModel } from "@langthrift/core";

/** Makes the messages of one call shorter. Fails open: what it cannot shorten it returns. */
export type Shorten = (messages: BaseMessage[], config: RunnableConfig) => Promise<BaseMessage[]>;

/** A chat model that sees shortened messages. Runs and callbacks are the inner model's own. */
export class ShortenedChatModel extends WrappedChatModel {
  readonly #shorten: Shorten;

  constructor(inner: BaseChatModel, shorten: Shorten) {
    super(inner);
    this.#shorten = shorten;
  }

  static override lc_name(): string {
    return "ShortenedChatModel";
  }

  protected override wrap(model: BaseChatModel): BaseChatModel {
    return new ShortenedChatModel(model, this.#shorten);
  }

  protected override wrapStructured(structured: Runnable<BaseLanguageModelInput, unknown>): Runnable<BaseLanguageModelInput, unknown> {
    return new ShortenedRunnable(structured, this.#shorten);
  }

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
