import { CallbackManager, type CallbackManagerForChainRun } from "@langchain/core/callbacks/manager";
import { ensureConfig, Runnable, type RunnableConfig } from "@langchain/core/runnables";
import { createPriceBook, InvalidOptionError, type JsonValue, type PriceBook, toJsonValue } from "@langthrift/core";
import type { CacheQuery } from "../cache-query.ts";
import type { CachedResponse } from "../cached-response.ts";
import type { SemanticCache } from "../semantic-cache.ts";
import { type ChainCost, ChainUsage } from "./cached-runnable-usage.ts";

/** Options of {@link CachedRunnable}. */
export interface CachedRunnableOptions<Input, Output> {
  /** What is cached: a chain, a RAG pipeline, a graph. Its output must be plain JSON, or `encode` and `decode` must make it so. */
  readonly inner: Runnable<Input, Output>;
  /** Where answers are kept; its `scope` decides who shares them. */
  readonly cache: SemanticCache;
  /** The question in the input; `undefined` leaves the call alone. */
  readonly queryText: (input: Input) => string | undefined;
  /** Names the chain: two chains behind one cache must differ in it. */
  readonly name: string;
  /** What else must be equal for a hit: document versions, language, filters. @default the rest of an object input, without the question's field */
  readonly keyFields?: (input: Input) => JsonValue;
  /** Given to the cache's `scope` function as `query.scope`. */
  readonly scope?: string | ((input: Input, config: RunnableConfig) => string | undefined);
  /** For `cache.invalidate({ tags })`, for example the ids of the documents used. */
  readonly tags?: readonly string[] | ((input: Input) => readonly string[]);
  /** Life of an answer, in ms. @default the cache's */
  readonly ttlMs?: number;
  /**
   * What is kept of the output; `null`: nothing. Name `usage` and `model` here to say yourself what the answer took. @default the output as
   * JSON, with what the model calls under the chain took, or an output that is an AIMessage says
   */
  readonly encode?: (output: Output) => CachedResponse | null;
  /** @default the stored JSON */
  readonly decode?: (response: CachedResponse) => Output;
  /** Prices of a chain with several model calls, each by itself; a single call is priced by the cache's own. @default createPriceBook() */
  readonly prices?: PriceBook;
}

/**
 * A runnable behind the cache: whole chains, RAG answers. A hit is a chain run of its own without the inner runs. `stream()` gives a stored
 * answer in one piece; a miss streams and keeps nothing, as pieces of any chain cannot be put together.
 *
 * @throws {InvalidOptionError} without a name.
 */
export class CachedRunnable<Input, Output> extends Runnable<Input, Output> {
  override lc_serializable = false;
  lc_namespace: string[] = ["langthrift", "semantic_cache"];
  readonly #options: CachedRunnableOptions<Input, Output>;
  #prices: PriceBook | undefined;

  constructor(options: CachedRunnableOptions<Input, Output>) {
    super();
    if (!options.name) throw new InvalidOptionError("`name` is missing. Pass a name for the chain, so that chains do not share answers.");
    this.#options = options;
    this.name = options.name;
  }

  static override lc_name(): string {
    return "CachedRunnable";
  }

  override invoke(input: Input, options?: Partial<RunnableConfig>): Promise<Output> {
    const {
      inner,
      cache,
      decode = (response: CachedResponse) => response.value as Output,
      encode = encodeJson,
      tags,
      ttlMs,
    } = this.#options;
    return this._callWithConfig(
      async (given: Input, config?: Partial<RunnableConfig>, runManager?: CallbackManagerForChainRun) => {
        const child = { ...config, ...(runManager && { callbacks: runManager.getChild() }) };
        let usage: ChainUsage | undefined;
        let cost: ChainCost | undefined;
        const call = (signal: AbortSignal | undefined): Promise<Output> => {
          usage = new ChainUsage();
          const callbacks = runManager?.getChild() ?? new CallbackManager();
          callbacks.addHandler(usage, true);
          return inner.invoke(given, { ...child, callbacks, ...(signal && { signal }) });
        };
        const served = await cache.serve<Output>(
          this.#query(given, ensureConfig(config as RunnableConfig)),
          {
            call,
            encode: (output, latencyMs) => {
              const response = encode(output);
              // Who says what it took has the last word.
              cost = response?.usage === undefined ? usage?.cost(output, this.#priceBook()) : undefined;
              return response && { latencyMs, ...cost?.response, ...response };
            },
            store: {
              ...(tags && { tags: typeof tags === "function" ? tags(given) : tags }),
              ...(ttlMs !== undefined && { ttlMs }),
              // Asked for when the answer is there.
              get nanoUsd() {
                return cost?.nanoUsd;
              },
            },
          },
          { signal: config?.signal, config: child as RunnableConfig },
        );
        await cache.report(served.lookup, { runManager });
        // A copy, because callers change what they get.
        return served.response ? decode(structuredClone(served.response)) : served.value;
      },
      input,
      options,
    );
  }

  override async *_streamIterator(input: Input, options?: Partial<RunnableConfig>): AsyncGenerator<Output> {
    const { inner, cache, decode = (response: CachedResponse) => response.value as Output } = this.#options;
    const config = ensureConfig(options as RunnableConfig);
    const lookup = await cache.decide(this.#query(input, config), { signal: config.signal, config });
    await cache.report(lookup, { config });
    const { response } = lookup.decision;
    if (response) yield decode(structuredClone(response));
    else yield* await inner.stream(input, config);
  }

  #priceBook(): PriceBook {
    return (this.#prices ??= this.#options.prices ?? createPriceBook({ logger: false }));
  }

  #query(input: Input, config: RunnableConfig): CacheQuery {
    const { queryText, keyFields, scope, name } = this.#options;
    const text = queryText(input);
    return {
      text: text ?? "",
      model: `chain:${name}`,
      scope: typeof scope === "function" ? scope(input, config) : scope,
      keyFields: keyFields ? keyFields(input) : restOf(input, text),
      metadata: { ...config.metadata, ...config.configurable },
      ...(text === undefined && { bypass: "not-selected" as const }),
    };
  }
}

/** The input without the fields that are the question. */
function restOf(input: unknown, text: string | undefined): JsonValue {
  if (typeof input === "string") return input === text ? null : input;
  if (typeof input !== "object" || input === null || Array.isArray(input)) return toJsonValue(input);
  return toJsonValue(Object.fromEntries(Object.entries(input).filter(([, value]) => value !== text)));
}

function encodeJson(output: unknown): CachedResponse | null {
  const value = toJsonValue(output);
  const text = typeof output === "string" ? output : JSON.stringify(value);
  // What JSON loses cannot be given back.
  return typeof output === "string" || JSON.stringify(output) === text ? { text, value } : null;
}
