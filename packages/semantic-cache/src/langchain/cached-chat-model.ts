import type { CallbackManagerForLLMRun, Callbacks } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { convertChunksToEvents } from "@langchain/core/language_models/compat";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import { ChatModelStream } from "@langchain/core/language_models/stream";
import { type AIMessageChunk, type BaseMessage, type BaseMessageLike, coerceMessageLikeToMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult, type LLMResult } from "@langchain/core/outputs";
import { ensureConfig, mergeConfigs, type Runnable, type RunnableConfig } from "@langchain/core/runnables";
import { type CallOptionsOf, inputMessages, OVERHEAD_TAG, type Rebinding, systemClock, WrappedChatModel } from "@langthrift/core";
import type { CacheQuery } from "../cache-query.ts";
import type { CachedResponse } from "../cached-response.ts";
import type { SemanticCache } from "../semantic-cache.ts";
import type { StoreOptions } from "../serving/keeper.ts";
import { markOf } from "../serving/savings-reporter.ts";
import type { Producer } from "../serving/serve.ts";
import { cachedStructuredOutput } from "./cached-structured-output.ts";
import { chatQuery } from "./chat-query.ts";
import { type AnsweredCall, followStream, replayAnswer, replayStream } from "./hit-replay.ts";
import { sendToken } from "./hit-run.ts";
import { generationChunks, mergeChunks, newMessageId } from "./message-chunks.ts";
import { messageFromResponse, responseFromMessage } from "./message-record.ts";
import { replayChunks } from "./replay-chunks.ts";

/** Options of `withSemanticCache`. */
export interface ModelCacheOptions {
  /** Identity of the model, where it shows none (`model`, `modelName`); models that answer differently must differ in it. */
  readonly modelId?: string;
  /**
   * Takes the question out of a templated last message; the rest of that message must then be equal for a hit. `undefined` leaves the
   * request alone.
   */
  readonly queryText?: (text: string, messages: readonly BaseMessage[]) => string | undefined;
  /** Given to the cache's `scope` function as `query.scope`. @default `metadata.scope` is not read: nothing */
  readonly scope?: string | ((config: RunnableConfig) => string | undefined);
  /** Whether a request is looked up at all. @default all */
  readonly when?: (messages: readonly BaseMessage[], config: RunnableConfig) => boolean;
  /** Of the answers that are kept, for `cache.invalidate({ tags })`. */
  readonly tags?: readonly string[] | ((messages: readonly BaseMessage[]) => readonly string[]);
  /** @default the cache's */
  readonly ttlMs?: number;
}

type Input = BaseLanguageModelInput;
type Config = RunnableConfig & Record<string, unknown>;

/**
 * A chat model behind the cache. A miss is the inner model's own call: its run, callbacks, errors and streams. A hit opens one model run
 * of the inner model's name, with usage 0 and `response_metadata.semanticCache`.
 */
export class CachedChatModel<M extends BaseChatModel = BaseChatModel> extends WrappedChatModel<M> {
  readonly semanticCache: SemanticCache;
  readonly cacheOptions: ModelCacheOptions;
  /** Tool calls are the answer. */
  readonly #structured: boolean;

  constructor(
    inner: M,
    cache: SemanticCache,
    options: ModelCacheOptions = {},
    { structured = false }: { readonly structured?: boolean } = {},
  ) {
    super(inner);
    this.#structured = structured;
    this.semanticCache = cache;
    this.cacheOptions = options;
  }

  static override lc_name(): string {
    return "CachedChatModel";
  }

  protected override wrap(model: BaseChatModel, { kind }: Rebinding): BaseChatModel {
    const structured = kind === "structured" || this.#structured;
    return new CachedChatModel(model, this.semanticCache, this.cacheOptions, { structured }) as unknown as BaseChatModel;
  }

  protected override wrapStructured(
    structured: Runnable<Input, unknown>,
    { schema, config }: Rebinding & { readonly kind: "structured" },
  ): Runnable<Input, unknown> {
    const { inner: model, semanticCache: cache, cacheOptions: options } = this;
    return cachedStructuredOutput({ structured, model, cache, options, format: [schema, config ?? null] });
  }

  override async invoke(input: Input, options?: Partial<CallOptionsOf<M>>): Promise<AIMessageChunk> {
    const config = callConfig(this.inner, options as RunnableConfig | undefined);
    const messages = inputMessages(input);
    const query = this.#query(messages, config);
    const producer = this.#producer(messages, (own) => this.inner.invoke(input, own as never), config);
    const served = await this.semanticCache.serve(query, producer, { signal: config.signal, config });
    if (served.response) {
      const replayed = await replayAnswer(this.#call(messages, config), served.lookup, served.response);
      if (replayed) return replayed as AIMessageChunk;
    }
    await this.semanticCache.report(served.lookup, { config });
    return served.value ?? producer.call(config.signal);
  }

  override async *_streamIterator(input: Input, options?: Partial<CallOptionsOf<M>>): AsyncGenerator<AIMessageChunk> {
    const config = callConfig(this.inner, options as RunnableConfig | undefined);
    const messages = inputMessages(input);
    const query = this.#query(messages, config);
    const lookup = await this.semanticCache.decide(query, { signal: config.signal, config });
    const { response, kind } = lookup.decision;
    if (response && kind === "stale") {
      this.semanticCache.refresh(
        lookup,
        this.#producer(messages, (own) => this.inner.invoke(input, own as never), config),
        { config },
      );
    }
    if (response && (yield* replayStream(this.#call(messages, config), lookup, response))) return;

    const open = (signal: AbortSignal | undefined): AsyncGenerator<AIMessageChunk> =>
      this.inner._streamIterator(input, { ...boundOptions(this.inner), ...withSignal(config, signal) } as never);
    if (!lookup.key || response) {
      await this.semanticCache.report(lookup, { config });
      yield* open(config.signal);
      return;
    }
    const started = this.#now();
    // Calls for tools are not shared: each conversation makes its own. Nothing is served in shadow mode.
    const flight = query.tools || this.semanticCache.options.mode === "shadow" ? `${lookup.key.id}:${lookup.decision.id}` : lookup.key.id;
    const { read, led } = this.semanticCache.streams.join<AIMessageChunk>(flight, open, async (items) => {
      const response = this.#encode(mergeChunks(items), config, this.#now() - started, false);
      await this.semanticCache.complete(lookup, response, this.#storeOptions(messages), { config });
    });
    if (led) {
      await this.semanticCache.report(lookup, { config });
      yield* read(config.signal);
    } else {
      const responseOf = (message: AIMessageChunk | undefined) => this.#encode(message, config, 0, false);
      yield* followStream(this.#call(messages, config), lookup, read(config.signal), responseOf);
    }
  }

  override async generate(
    messages: BaseMessageLike[][],
    options?: string[] | Partial<CallOptionsOf<M>>,
    callbacks?: Callbacks,
  ): Promise<LLMResult> {
    const given = Array.isArray(options) ? { stop: options } : { ...options };
    const config = callConfig(this.inner, { ...given, callbacks: (given as RunnableConfig).callbacks ?? callbacks } as RunnableConfig);
    const results = await Promise.all(messages.map((list) => this.#generateOne(list.map(coerceMessageLikeToMessage), config)));
    return {
      generations: results.map(({ generations }) => generations[0] ?? []),
      llmOutput: this.inner._combineLLMOutput?.(...results.map(({ llmOutput }) => llmOutput)) ?? {},
    };
  }

  /** For callers that open the run themselves. */
  override async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const config = { ...options } as Config;
    const query = this.#query(messages, config);
    const served = await this.semanticCache.serve<ChatResult>(query, {
      call: (signal) => this.inner._generate(messages, { ...boundOptions(this.inner), ...withSignal(config, signal) } as never, runManager),
      encode: (result, latencyMs) => this.#encode(result.generations[0]?.message, config, latencyMs),
      store: this.#storeOptions(messages),
    });
    await this.semanticCache.report(served.lookup, { runManager });
    const message = served.response && messageFromResponse(served.response, markOf(served.lookup), newMessageId(runManager));
    if (message) return { generations: [{ text: message.text, message }], llmOutput: {} };
    return served.value ?? this.inner._generate(messages, options as never, runManager);
  }

  /** For callers that open the run themselves. */
  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const config = { ...options } as Config;
    const query = this.#query(messages, config);
    const lookup = await this.semanticCache.decide(query, { signal: config.signal, config });
    await this.semanticCache.report(lookup, { runManager });
    const replayed = lookup.decision.response && replayChunks(lookup.decision.response, markOf(lookup), newMessageId(runManager));
    for (const message of replayed ?? []) {
      await sendToken(runManager, message);
      yield new ChatGenerationChunk({ text: message.text, message });
    }
    if (replayed) return;
    const started = this.#now();
    const seen: AIMessageChunk[] = [];
    for await (const chunk of this.inner._streamResponseChunks(messages, options as never, runManager)) {
      seen.push(chunk.message as AIMessageChunk);
      yield chunk;
    }
    const response = this.#encode(mergeChunks(seen), config, this.#now() - started, false);
    await this.semanticCache.complete(lookup, response, this.#storeOptions(messages), { config });
  }

  /** `streamEvents()` without a version: events of content blocks, without callbacks. */
  override async *_streamChatModelEvents(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatModelStreamEvent> {
    const config = { ...options } as Config;
    const query = this.#query(messages, config);
    const lookup = await this.semanticCache.decide(query, { signal: config.signal, config });
    await this.semanticCache.report(lookup, { runManager });
    const replayed = lookup.decision.response && replayChunks(lookup.decision.response, markOf(lookup), newMessageId(runManager));
    if (replayed) {
      yield* convertChunksToEvents(generationChunks(replayed), config.signal ? { signal: config.signal } : {});
      return;
    }
    const started = this.#now();
    const seen: ChatModelStreamEvent[] = [];
    for await (const event of this.inner._streamChatModelEvents(messages, options as never, runManager)) {
      seen.push(event);
      yield event;
    }
    const message = await new ChatModelStream(replayOf(seen)).then(undefined, () => undefined);
    const response = this.#encode(message, config, this.#now() - started, false);
    await this.semanticCache.complete(lookup, response, this.#storeOptions(messages), { config });
  }

  async #generateOne(messages: BaseMessage[], config: Config): Promise<LLMResult> {
    const query = this.#query(messages, config);
    const producer: Producer<LLMResult> = {
      call: (signal) => this.inner.generate([messages], { ...boundOptions(this.inner), ...withSignal(config, signal) } as never),
      encode: (result, latencyMs) => this.#encode(messageOf(result), config, latencyMs),
      store: this.#storeOptions(messages),
    };
    const served = await this.semanticCache.serve(query, producer, { signal: config.signal, config });
    const message = served.response && (await replayAnswer(this.#call(messages, config), served.lookup, served.response));
    if (message) return { generations: [[{ text: message.text, message } as never]], llmOutput: {} };
    await this.semanticCache.report(served.lookup, { config });
    return served.value ?? producer.call(config.signal);
  }

  #now(): number {
    return (this.semanticCache.options.clock ?? systemClock).monotonic();
  }

  #call(messages: BaseMessage[], config: Config): AnsweredCall {
    return { model: this.inner, cache: this.semanticCache, messages, config };
  }

  #query(messages: BaseMessage[], config: Config): CacheQuery {
    const { modelId, queryText, scope, when } = this.cacheOptions;
    const query = chatQuery(this.inner, messages, config, {
      modelId,
      queryText,
      scope: typeof scope === "function" ? scope(config) : scope,
      metadata: { ...config.metadata, ...config.configurable },
    });
    return when && !when(messages, config) ? { ...query, bypass: "not-selected" } : query;
  }

  #producer(messages: readonly BaseMessage[], run: (own: Config) => Promise<AIMessageChunk>, config: Config): Producer<AIMessageChunk> {
    return {
      call: (signal) => run(withSignal(config, signal)),
      refresh: () => {
        const { runId: _used, ...rest } = withSignal(config, undefined);
        return run({ ...rest, tags: [...(config.tags ?? []), OVERHEAD_TAG] });
      },
      encode: (message, latencyMs) => this.#encode(message, config, latencyMs),
      store: this.#storeOptions(messages),
    };
  }

  #encode(message: BaseMessage | undefined, config: Config, latencyMs: number, whole = true): CachedResponse | null {
    const structured = this.#structured || config["ls_structured_output_format"] !== undefined;
    return message ? responseFromMessage(message, { latencyMs, structured, whole }) : null;
  }

  #storeOptions(messages: readonly BaseMessage[]): StoreOptions {
    const { tags, ttlMs } = this.cacheOptions;
    return { ...(tags && { tags: typeof tags === "function" ? tags(messages) : tags }), ...(ttlMs !== undefined && { ttlMs }) };
  }
}

/** ChatOpenAI keeps what `withConfig` and `bindTools` bound in a field that only its own `invoke` and `stream` read. */
function boundOptions(model: BaseChatModel): object {
  return (model as { defaultOptions?: object }).defaultOptions ?? {};
}

/** Bound tags and metadata with those of the call: the empty defaults that LangChain fills in would hide them from the inner model. */
function callConfig(model: BaseChatModel, options: RunnableConfig | undefined): Config {
  return ensureConfig(mergeConfigs(boundOptions(model), options)) as Config;
}

function withSignal({ signal: _given, ...config }: Config, signal: AbortSignal | undefined): Config {
  return signal ? { ...config, signal } : config;
}

function messageOf(result: LLMResult): BaseMessage | undefined {
  return (result.generations[0]?.[0] as { message?: BaseMessage } | undefined)?.message;
}

async function* replayOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
