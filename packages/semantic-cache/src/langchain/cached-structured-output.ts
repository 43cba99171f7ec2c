import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { ensureConfig, type Runnable, type RunnableConfig } from "@langchain/core/runnables";
import { inputMessages, type JsonValue, toJsonValue } from "@langthrift/core";
import type { CacheQuery } from "../cache-query.ts";
import type { SemanticCache } from "../semantic-cache.ts";
import type { ModelCacheOptions } from "./cached-chat-model.ts";
import { CachedRunnable } from "./cached-runnable.ts";
import { chatQuery } from "./chat-query.ts";

export interface CachedStructuredOutputOptions {
  /** What `withStructuredOutput` of the model returned. */
  readonly structured: Runnable<BaseLanguageModelInput, unknown>;
  readonly model: BaseChatModel;
  readonly cache: SemanticCache;
  readonly options: ModelCacheOptions;
  /** Schema and options of the structured output; part of the key. */
  readonly format: unknown;
}

/**
 * Structured output of a model whose inside cannot be wrapped (it chooses its model late, as a router does): the parsed object is what is
 * kept. What it cost is not known, as an object carries no usage.
 */
export function cachedStructuredOutput({
  structured,
  model,
  cache,
  options,
  format,
}: CachedStructuredOutputOptions): Runnable<BaseLanguageModelInput, unknown> {
  const { modelId, queryText, scope, when, tags, ttlMs } = options;
  const queryOf = (input: BaseLanguageModelInput): CacheQuery => chatQuery(model, inputMessages(input), {}, { modelId, queryText, format });
  return new CachedRunnable<BaseLanguageModelInput, unknown>({
    inner: structured,
    cache,
    name: "structured-output",
    queryText(input) {
      const { text, bypass } = queryOf(input);
      return bypass === undefined && (!when || when(inputMessages(input), ensureConfig())) ? text : undefined;
    },
    keyFields(input): JsonValue {
      const { text: _compared, metadata: _notKey, bypass: _asked, ...equal } = queryOf(input);
      return toJsonValue(equal);
    },
    ...(scope !== undefined && { scope: typeof scope === "function" ? (_input: unknown, config: RunnableConfig) => scope(config) : scope }),
    ...(tags && { tags: typeof tags === "function" ? (input: BaseLanguageModelInput) => tags(inputMessages(input)) : tags }),
    ...(ttlMs !== undefined && { ttlMs }),
  });
}
