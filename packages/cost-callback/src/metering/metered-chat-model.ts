import type { Callbacks } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseChatModel, BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import { convertChunksToEvents } from "@langchain/core/language_models/compat";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import { ChatModelStream } from "@langchain/core/language_models/stream";
import { AIMessage, AIMessageChunk, type BaseMessage, type BaseMessageLike, coerceMessageLikeToMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult, type LLMResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { BudgetExceededError, findError, inputMessages, type Rebinding, WrappedChatModel } from "@langthrift/core";
import { recordOf } from "../unknown-record.ts";
import type { CallConfig } from "./call-config.ts";
import type { CallMeter, MeteredCall } from "./call-meter.ts";
import { MeteredRunnable } from "./metered-runnable.ts";

/** What a budget that is used up does to a call: the error, an answer in its place, or another model, which needs leave of its own. */
export type OnExceeded = "error" | "message" | { readonly model: BaseChatModel };

type Input = BaseLanguageModelInput;

/**
 * A chat model whose calls are all counted and may be refused. It opens no run of its own: callbacks see the inner model's run, as without
 * it.
 */
export class MeteredChatModel extends WrappedChatModel {
  readonly #meter: CallMeter;
  readonly #onExceeded: OnExceeded;

  constructor(inner: BaseChatModel, meter: CallMeter, onExceeded: OnExceeded) {
    super(inner);
    this.#meter = meter;
    this.#onExceeded = onExceeded;
  }

  static override lc_name(): string {
    return "MeteredChatModel";
  }

  protected override wrap(model: BaseChatModel, rebinding: Rebinding): MeteredChatModel {
    const onExceeded = typeof this.#onExceeded === "object" ? { model: boundAlike(this.#onExceeded.model, rebinding) } : this.#onExceeded;
    return new MeteredChatModel(model, this.#meter, onExceeded);
  }

  protected override wrapStructured(structured: Runnable<Input, unknown>): Runnable<Input, unknown> {
    return new MeteredRunnable(structured, (messages, options) => this.#meter.open(this.inner, messages, options));
  }

  override async invoke(input: Input, options?: Partial<BaseChatModelCallOptions>): Promise<AIMessageChunk> {
    const config = { ...options } as CallConfig;
    const opened = await this.#open(inputMessages(input), config);
    if (opened instanceof AIMessage) return opened as unknown as AIMessageChunk;
    const { model, call } = opened;
    let message: AIMessageChunk | undefined;
    try {
      message = await model.invoke(input, call.config);
      return message;
    } finally {
      await call.end(message);
    }
  }

  override async *_streamIterator(input: Input, options?: Partial<BaseChatModelCallOptions>): AsyncGenerator<AIMessageChunk> {
    const config = { ...options } as CallConfig;
    const opened = await this.#open(inputMessages(input), config);
    if (opened instanceof AIMessage) {
      yield opened as unknown as AIMessageChunk;
      return;
    }
    const { model, call } = opened;
    let last: AIMessageChunk | undefined;
    let ended = false;
    try {
      for await (const chunk of model._streamIterator(input, call.config as never)) {
        last = chunk;
        call.progress(chunk);
        yield chunk;
      }
      ended = true;
    } catch (error) {
      ended = true;
      throw error;
    } finally {
      if (ended) await call.end(last);
      else await call.abandon(last);
    }
  }

  override async generate(
    messages: BaseMessageLike[][],
    options?: string[] | Partial<BaseChatModelCallOptions>,
    callbacks?: Callbacks,
  ): Promise<LLMResult> {
    const { runId, ...given }: CallConfig = Array.isArray(options) ? { stop: options } : ({ ...options } as CallConfig);
    const results = await Promise.all(
      messages.map(async (list, index): Promise<LLMResult> => {
        const own = given.callbacks ?? callbacks;
        const config: CallConfig = {
          ...given,
          ...(index === 0 && runId !== undefined && { runId }),
          ...(own !== undefined && { callbacks: own }),
        };
        const prompt = list.map(coerceMessageLikeToMessage);
        const opened = await this.#open(prompt, config);
        if (opened instanceof AIMessage) return { generations: [[{ text: opened.text, message: opened } as never]] };
        let result: LLMResult | undefined;
        try {
          result = await opened.model.generate([prompt], opened.call.config as never);
          return result;
        } finally {
          await opened.call.end(recordOf(result?.generations[0]?.[0])?.["message"] as BaseMessage | undefined);
        }
      }),
    );
    return {
      generations: results.map(({ generations }) => generations[0] ?? []),
      llmOutput: this.inner._combineLLMOutput?.(...results.map(({ llmOutput }) => llmOutput)) ?? {},
    };
  }

  /** For callers that open the run themselves; what they open is counted where it is opened. */
  override async _generate(...args: Parameters<BaseChatModel["_generate"]>): Promise<ChatResult> {
    return this.inner._generate(...args);
  }

  /** As `_generate`. */
  override async *_streamResponseChunks(...args: Parameters<BaseChatModel["_streamResponseChunks"]>): AsyncGenerator<ChatGenerationChunk> {
    yield* this.inner._streamResponseChunks(...args);
  }

  /** Without a version LangChain calls no handler: the events themselves are read. */
  override streamEvents(...args: Parameters<BaseChatModel["streamEvents"]>): never {
    const [input, options, streamOptions] = args as unknown as readonly [Input, { readonly version?: string } | undefined, never];
    const version = options?.version;
    if (version === "v1" || version === "v2") return super.streamEvents(input, options as never, streamOptions) as never;
    const messages = inputMessages(input);
    return new ChatModelStream(this.#watchEvents(messages, { ...options } as CallConfig)) as never;
  }

  override async *_streamChatModelEvents(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
  ): AsyncGenerator<ChatModelStreamEvent> {
    yield* this.#watchEvents(messages, { ...options } as CallConfig);
  }

  async *#watchEvents(messages: BaseMessage[], config: CallConfig): AsyncGenerator<ChatModelStreamEvent> {
    const opened = await this.#open(messages, config);
    if (opened instanceof AIMessage) {
      yield* convertChunksToEvents(oneChunk(opened));
      return;
    }
    const { model, call } = opened;
    yield* call.watchEvents(model, messages);
  }

  async #open(messages: readonly BaseMessage[], config: CallConfig): Promise<{ model: BaseChatModel; call: MeteredCall } | AIMessage> {
    try {
      return { model: this.inner, call: await this.#meter.open(this.inner, messages, config) };
    } catch (error) {
      if (this.#onExceeded === "error" || !findError(error, BudgetExceededError)) throw error;
      if (this.#onExceeded === "message") return new AIMessage(findError(error, BudgetExceededError)?.message ?? "");
      const { model } = this.#onExceeded;
      const { runId: _used, ...rest } = config;
      return { model, call: await this.#meter.open(model, messages, rest) };
    }
  }
}

/** A model without tools stays one: it is only there for when the budget is used up. */
function boundAlike(model: BaseChatModel, rebinding: Rebinding): BaseChatModel {
  if (rebinding.kind !== "tools") return model;
  return (model.bindTools?.(rebinding.tools, rebinding.kwargs) ?? model) as BaseChatModel;
}

async function* oneChunk(message: AIMessage): AsyncGenerator<ChatGenerationChunk> {
  yield new ChatGenerationChunk({ text: message.text, message: new AIMessageChunk({ content: message.content }) });
}
