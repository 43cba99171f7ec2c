import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { InvalidOptionError } from "@langthrift/core";
import { CachedChatModel, type ModelCacheOptions } from "./langchain/cached-chat-model.ts";
import { isChatModel } from "@langthrift/core";
import type { SemanticCache } from "./semantic-cache.ts";

/**
 * Puts the cache in front of a chat model. The result is a chat model: `invoke`, `stream`, `batch`, `pipe`, `bindTools`, `withConfig`,
 * `withStructuredOutput`, `streamEvents` and `createAgent` work, and hits are marked in `response_metadata.semanticCache`.
 *
 * @throws {InvalidOptionError} when `model` is no chat model.
 */
export function withSemanticCache<M extends BaseChatModel>(
  model: M,
  cache: SemanticCache,
  options: ModelCacheOptions = {},
): CachedChatModel<M> {
  if (!isChatModel(model)) {
    throw new InvalidOptionError("`model` is no chat model. Pass a BaseChatModel, and call bindTools or withConfig on what this returns.");
  }
  return new CachedChatModel(model, cache, options);
}
