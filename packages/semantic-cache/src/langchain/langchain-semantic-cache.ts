import { BaseCache } from "@langchain/core/caches";
import type { BaseMessage } from "@langchain/core/messages";
import type { Generation } from "@langchain/core/outputs";
import { InvalidOptionError, type JsonValue } from "@langthrift/core";
import { randomUUID } from "node:crypto";
import type { BypassReason, CacheQuery } from "../cache-query.ts";
import type { CachedResponse } from "../cached-response.ts";
import type { SemanticCache } from "../semantic-cache.ts";
import { markOf } from "../serving/savings-reporter.ts";
import { parseLlmKey } from "./llm-key.ts";
import { messageFromResponse, responseFromMessage } from "./message-record.ts";

/** Options of {@link LangChainSemanticCache}. */
export interface LangChainSemanticCacheOptions {
  /** Whose answers these are; LangChain gives a cache no request metadata, so a function must find it elsewhere (AsyncLocalStorage). */
  readonly scope: string | (() => string | undefined);
  /** Identity of the model, for models whose key names none. */
  readonly modelId?: string;
}

/**
 * The cache in LangChain's own seam: `new ChatOpenAI({ cache: new LangChainSemanticCache(cache, { scope: "public" }) })`. Never throws, and
 * never stores LangChain's key, which holds the API key. Prefer `withSemanticCache`: through this seam `.stream()` is never cached, equal
 * requests at the same time are not shared, and LangChain hides attachments and structure of the conversation, so that requests with
 * attachments or with text that imitates roles are not cached.
 *
 * @throws {InvalidOptionError} without cache or scope.
 */
export class LangChainSemanticCache extends BaseCache {
  readonly #cache: SemanticCache;
  readonly #options: LangChainSemanticCacheOptions;

  constructor(cache: SemanticCache, options: LangChainSemanticCacheOptions) {
    super();
    if (typeof cache?.lookup !== "function") throw new InvalidOptionError("`cache` is missing. Pass a SemanticCache.");
    if (options?.scope === undefined || options.scope === "") {
      throw new InvalidOptionError('`scope` is missing. Pass whose answers these are: "public", or a function that returns the tenant.');
    }
    this.#cache = cache;
    this.#options = options;
  }

  /** `null` on a miss, and on anything that goes wrong. */
  override async lookup(prompt: string, llmKey: string): Promise<Generation[] | null> {
    try {
      const lookup = await this.#cache.decide(this.#query(prompt, llmKey));
      const { response } = lookup.decision;
      const generation = response && toGeneration(response, lookup);
      await this.#cache.report(lookup);
      return generation ? [generation] : null;
    } catch {
      return null;
    }
  }

  /** Keeps the first of one generation; several answers are not kept. Never rejects. */
  override async update(prompt: string, llmKey: string, value: Generation[]): Promise<void> {
    try {
      const [generation, ...more] = value;
      if (!generation || more.length > 0) return;
      const message = (generation as { message?: BaseMessage }).message;
      // Numbers are copied here: LangChain zeroes the same usage object on a later hit.
      const response = message ? responseFromMessage(message) : textResponse(generation);
      if (response) await this.#cache.store(this.#query(prompt, llmKey), response);
    } catch {
      // An answer that is paid for is not lost to a cache.
    }
  }

  #query(prompt: string, llmKey: string): CacheQuery {
    const { scope, modelId } = this.#options;
    const key = parseLlmKey(llmKey);
    const model = modelId ?? key.model;
    const { system, text, ambiguous } = readPrompt(prompt);
    return {
      text,
      scope: typeof scope === "function" ? scope() : scope,
      model,
      params: key.params,
      ...(system !== "" && { system }),
      bypass: bypassOf(prompt, ambiguous, model, key.several),
    };
  }
}

const placeholders = /\[(?:image|file|audio|video|image_url|input_audio|unknown)\]/i;
const roleLine = /^(Human|AI|System|Tool|Function|user|assistant|system|developer|tool|function): /gm;

interface Prompt {
  readonly system: string;
  readonly text: string;
  /** More turns than a system message and one question: LangChain's text cannot be told from one message that imitates them. */
  readonly ambiguous: boolean;
}

/** LangChain writes a conversation as "Role: text" lines; a prompt of a plain language model has none. */
function readPrompt(prompt: string): Prompt {
  const lines = [...prompt.matchAll(roleLine)];
  const roles = lines.map(([, role]) => role).join(" ");
  const first = lines[0]?.index;
  if (first !== 0) return { system: "", text: prompt, ambiguous: lines.length > 0 };
  if (roles === "Human") return { system: "", text: prompt.slice("Human: ".length), ambiguous: false };
  const question = lines[1]?.index ?? 0;
  if (roles !== "System Human") return { system: "", text: prompt, ambiguous: true };
  return { system: prompt.slice(0, question), text: prompt.slice(question + "Human: ".length), ambiguous: false };
}

function bypassOf(prompt: string, ambiguous: boolean, model: string | undefined, several: boolean): BypassReason | undefined {
  if (model === undefined) return "no-model-identity";
  if (several) return "several-answers";
  if (placeholders.test(prompt)) return "attachments";
  return ambiguous ? "role-markers" : undefined;
}

function toGeneration(response: CachedResponse, lookup: Parameters<typeof markOf>[0]): Generation | null {
  const mark = markOf(lookup);
  const message = messageFromResponse(response, mark, `run-${randomUUID()}`);
  if (message) return { text: message.text, message, generationInfo: { semanticCache: mark } } as Generation;
  return typeof response.value === "object" && response.value !== null && "generationInfo" in response.value
    ? { text: response.text, generationInfo: { semanticCache: mark } }
    : null;
}

/** A plain language model's answer, without message. */
function textResponse({ text, generationInfo }: Generation): CachedResponse {
  const finish = (generationInfo as { finishReason?: unknown; finish_reason?: unknown } | undefined) ?? {};
  const finishReason = [finish.finishReason, finish.finish_reason].find((reason): reason is string => typeof reason === "string");
  return { text, value: { generationInfo: {} } satisfies JsonValue, ...(finishReason !== undefined && { finishReason }) };
}
