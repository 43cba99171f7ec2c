import type { CallbackManagerForChainRun, CallbackManagerForLLMRun, Callbacks } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput, StructuredOutputMethodOptions } from "@langchain/core/language_models/base";
import { BaseChatModel, type BindToolsInput } from "@langchain/core/language_models/chat_models";
import { type AIMessageChunk, type BaseMessage, type BaseMessageLike, coerceMessageLikeToMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult, type LLMResult } from "@langchain/core/outputs";
import { mergeConfigs, type Runnable } from "@langchain/core/runnables";
import type { SerializableSchema } from "@langchain/core/utils/standard_schema";
import type { InteropZodType } from "@langchain/core/utils/types";
import type { Bindings, ModelCallOptions, StructuredRequest } from "./bindings.ts";
import { StructuredForwarder } from "./structured-forwarder.ts";

/** What `withStructuredOutput` accepts: zod 3, zod 4, a standard schema, or JSON schema. */
export type OutputSchema<RunOutput> = InteropZodType<RunOutput> | SerializableSchema<RunOutput> | Record<string, unknown>;

/** One call to hand on. */
export interface ForwardCall {
  readonly messages: BaseMessage[];
  /** Run config and call options together, as LangChain passes them. */
  readonly config: Partial<ModelCallOptions>;
  readonly runManager: CallbackManagerForChainRun | undefined;
  readonly bindings: Bindings;
  readonly structured?: StructuredRequest;
}

/**
 * A chat model that answers through other chat models. It shows as a chain run, so that callbacks see exactly one model run for each provider
 * call: a `_generate` that invokes another model would show two, with the tokens counted twice.
 */
export abstract class ForwardingChatModel extends BaseChatModel<ModelCallOptions> {
  protected readonly bindings: Bindings;

  constructor(bindings: Bindings = {}) {
    // No fields: nothing of a candidate (keys, clients) is serialised into traces.
    super({});
    this.bindings = bindings;
  }

  /** LangChain's own reading of an input. @internal */
  _messagesOf(input: BaseLanguageModelInput): BaseMessage[] {
    return BaseChatModel._convertInputToPromptValue(input).toChatMessages();
  }

  /** Answers a call. @internal */
  abstract _forward(call: ForwardCall): Promise<unknown>;
  /** Answers a call in chunks. @internal */
  abstract _forwardStream(call: ForwardCall): AsyncGenerator<unknown>;
  /** The same model with other bindings. */
  protected abstract rebind(bindings: Bindings): this;

  override async invoke(input: BaseLanguageModelInput, options?: Partial<ModelCallOptions>): Promise<AIMessageChunk> {
    return this._callWithConfig(
      async (value: BaseLanguageModelInput, config?: Partial<ModelCallOptions>, runManager?: CallbackManagerForChainRun) =>
        (await this._forward({
          messages: this._messagesOf(value),
          config: config ?? {},
          runManager,
          bindings: this.bindings,
        })) as AIMessageChunk,
      input,
      this.merged(options),
    );
  }

  override async *_streamIterator(input: BaseLanguageModelInput, options?: Partial<ModelCallOptions>): AsyncGenerator<AIMessageChunk> {
    const forward = (call: ForwardCall) => this._forwardStream(call) as AsyncGenerator<AIMessageChunk>;
    const messagesOf = (value: BaseLanguageModelInput) => this._messagesOf(value);
    const { bindings } = this;
    yield* this._transformStreamWithConfig(
      once(input),
      async function* forwardStream(inputs, runManager?: CallbackManagerForChainRun, config?: Partial<ModelCallOptions>) {
        for await (const value of inputs) {
          yield* forward({ messages: messagesOf(value), config: config ?? {}, runManager, bindings });
        }
      },
      this.merged(options),
    );
  }

  /** Through `invoke`, so that this older entry shows one model run too. */
  override async generate(
    messages: BaseMessageLike[][],
    options?: string[] | Partial<ModelCallOptions>,
    callbacks?: Callbacks,
  ): Promise<LLMResult> {
    const { runId, ...rest }: Partial<ModelCallOptions> = Array.isArray(options) ? { stop: options } : { ...options };
    const generations = await Promise.all(
      messages.map(async (list, index) => {
        const config = { ...rest, ...(index === 0 && runId !== undefined && { runId }), callbacks: rest.callbacks ?? callbacks };
        const message = await this.invoke(list.map(coerceMessageLikeToMessage), config);
        return [{ text: message.text, message, generationInfo: {} }];
      }),
    );
    const tokens = { promptTokens: 0, completionTokens: 0, totalTokens: 0 };
    for (const [generation] of generations) {
      const usage = generation?.message.usage_metadata;
      tokens.promptTokens += usage?.input_tokens ?? 0;
      tokens.completionTokens += usage?.output_tokens ?? 0;
      tokens.totalTokens += usage?.total_tokens ?? 0;
    }
    return { generations, llmOutput: { tokenUsage: tokens } };
  }

  override async _generate(messages: BaseMessage[], options: this["ParsedCallOptions"]): Promise<ChatResult> {
    const message = await this.invoke(messages, options);
    return { generations: [{ text: message.text, message }] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    _runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    for await (const message of this._streamIterator(messages, options)) {
      yield new ChatGenerationChunk({ text: message.text, message });
    }
  }

  override bindTools(tools: BindToolsInput[], kwargs?: Partial<ModelCallOptions>): this {
    return this.rebind({ ...this.bindings, tools: { tools, kwargs } });
  }

  override withConfig(config: Partial<ModelCallOptions>): this {
    return this.rebind({ ...this.bindings, config: this.merged(config) });
  }

  override withStructuredOutput<RunOutput extends Record<string, unknown> = Record<string, unknown>>(
    schema: OutputSchema<RunOutput>,
    config?: StructuredOutputMethodOptions<false>,
  ): Runnable<BaseLanguageModelInput, RunOutput>;
  override withStructuredOutput<RunOutput extends Record<string, unknown> = Record<string, unknown>>(
    schema: OutputSchema<RunOutput>,
    config?: StructuredOutputMethodOptions<true>,
  ): Runnable<BaseLanguageModelInput, { raw: BaseMessage; parsed: RunOutput }>;
  override withStructuredOutput(schema: unknown, config?: StructuredOutputMethodOptions<boolean>): Runnable<BaseLanguageModelInput, never> {
    return new StructuredForwarder(this, this.bindings, { schema, config: config && { ...config } }) as never;
  }

  private merged(options: Partial<ModelCallOptions> | undefined): Partial<ModelCallOptions> {
    return this.bindings.config
      ? (mergeConfigs(this.bindings.config as never, options as never) as Partial<ModelCallOptions>)
      : (options ?? {});
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
