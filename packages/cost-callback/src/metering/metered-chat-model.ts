import type { Callbacks } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import { BaseChatModel, type BaseChatModelCallOptions, type BindToolsInput } from "@langchain/core/language_models/chat_models";
import { convertChunksToEvents } from "@langchain/core/language_models/compat";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import { ChatModelStream } from "@langchain/core/language_models/stream";
import { AIMessage, AIMessageChunk, type BaseMessage, type BaseMessageLike, coerceMessageLikeToMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult, type LLMResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { BudgetExceededError, findError, rewrapModel } from "@langthrift/core";
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
export class MeteredChatModel extends BaseChatModel {
  override lc_serializable = false;
  readonly inner: BaseChatModel;
  readonly #meter: CallMeter;
  readonly #onExceeded: OnExceeded;

  constructor(inner: BaseChatModel, meter: CallMeter, onExceeded: OnExceeded) {
    // No fields: nothing of the inner model (keys, clients) gets into traces.
    super({});
    this.inner = inner;
    this.#meter = meter;
    this.#onExceeded = onExceeded;
    this.disableStreaming = inner.disableStreaming;
    if (inner.outputVersion !== undefined) this.outputVersion = inner.outputVersion;
  }

  static override lc_name(): string {
    return "MeteredChatModel";
  }

  /** The base class asks before `inner` is there. */
  override _llmType(): string {
    return (this.inner as BaseChatModel | undefined)?._llmType() ?? "langthrift-metered";
  }

  override get callKeys(): string[] {
    return (this.inner as BaseChatModel | undefined)?.callKeys ?? super.callKeys;
  }

  override get profile(): BaseChatModel["profile"] {
    return this.inner.profile;
  }

  /** The inner model's name, for outer layers. */
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

  override bindTools(tools: BindToolsInput[], kwargs?: Partial<BaseChatModelCallOptions>): Runnable<Input, AIMessageChunk> {
    if (!this.inner.bindTools) throw new Error(`${this.inner.getName()} has no bindTools(), so the metered model has none either.`);
    return this.#rewrap(this.inner.bindTools(tools, kwargs), (model) => boundTo(model, tools, kwargs)) as Runnable<Input, AIMessageChunk>;
  }

  override withConfig(config: Partial<BaseChatModelCallOptions>): Runnable<Input, AIMessageChunk> {
    return this.#rewrap(this.inner.withConfig(config), (model) => model) as Runnable<Input, AIMessageChunk>;
  }

  override withStructuredOutput: BaseChatModel["withStructuredOutput"] = ((schema: never, config?: never) => {
    const structured = this.inner.withStructuredOutput(schema, config) as Runnable<Input, unknown>;
    const rewrapped = this.#rewrap(structured, (model) => model);
    if (rewrapped !== structured) return rewrapped;
    return new MeteredRunnable(structured, (messages, options) => this.#meter.open(this.inner, messages, options));
  }) as never;

  override async invoke(input: Input, options?: Partial<BaseChatModelCallOptions>): Promise<AIMessageChunk> {
    const config = { ...options } as CallConfig;
    const opened = await this.#open(BaseChatModel._convertInputToPromptValue(input).toChatMessages(), config);
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
    const opened = await this.#open(BaseChatModel._convertInputToPromptValue(input).toChatMessages(), config);
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
    const messages = BaseChatModel._convertInputToPromptValue(input).toChatMessages();
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

  #rewrap(runnable: Runnable, bindOther: (model: BaseChatModel) => BaseChatModel): Runnable {
    const onExceeded = typeof this.#onExceeded === "object" ? { model: bindOther(this.#onExceeded.model) } : this.#onExceeded;
    return rewrapModel(runnable, (model) => new MeteredChatModel(model, this.#meter, onExceeded));
  }
}

/** A model without tools stays one: it is only there for when the budget is used up. */
function boundTo(model: BaseChatModel, tools: BindToolsInput[], kwargs: Partial<BaseChatModelCallOptions> | undefined): BaseChatModel {
  const bound = model.bindTools?.(tools, kwargs);
  return (bound ?? model) as BaseChatModel;
}

async function* oneChunk(message: AIMessage): AsyncGenerator<ChatGenerationChunk> {
  yield new ChatGenerationChunk({ text: message.text, message: new AIMessageChunk({ content: message.content }) });
}
