import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { RunnableBinding } from "@langchain/core/runnables";
import { InvalidOptionError, type JsonValue, toJsonValue } from "@langthrift/core";
import { type AgentMiddleware, createMiddleware } from "langchain";
import { randomUUID } from "node:crypto";
import type { CachedResponse } from "../cached-response.ts";
import type { CacheQuery } from "../cache-query.ts";
import type { SemanticCache } from "../semantic-cache.ts";
import { markOf } from "../serving/savings-reporter.ts";
import { chatQuery } from "./chat-query.ts";
import { messageFromResponse, responseFromMessage } from "./message-record.ts";

/** What the middleware's functions see of a model request. */
export interface AgentRequest {
  readonly messages: readonly BaseMessage[];
  /** What the agent was invoked with, typed by its `contextSchema`. */
  readonly context: unknown;
  readonly state: unknown;
}

/** Options of {@link semanticCacheMiddleware}. */
export interface SemanticCacheMiddlewareOptions {
  /** Where answers are kept; its `scope` decides who shares them. */
  readonly cache: SemanticCache;
  /** Given to the cache's `scope` function as `query.scope`, for example the tenant in `context`. */
  readonly scope?: string | ((request: AgentRequest) => string | undefined);
  /** Whether a model call is looked up at all. @default all */
  readonly when?: (request: AgentRequest) => boolean;
  /** Agents that have tools: their calls are never looked up, or as the cache's own `tools` option says. @default "cache" */
  readonly tools?: "bypass" | "cache";
  /** Identity of the model, where it shows none. */
  readonly modelId?: string;
  /** Takes the question out of a templated last message. */
  readonly queryText?: (text: string, messages: readonly BaseMessage[]) => string | undefined;
  /** Of the answers that are kept. */
  readonly tags?: readonly string[];
}

interface ModelRequestLike {
  readonly model: unknown;
  readonly messages: BaseMessage[];
  readonly systemMessage?: SystemMessage;
  readonly systemPrompt?: string;
  readonly tools?: readonly unknown[];
  readonly toolChoice?: unknown;
  readonly responseFormat?: unknown;
  readonly modelSettings?: Record<string, unknown>;
  readonly state: unknown;
  readonly runtime: { readonly context?: unknown; readonly signal?: AbortSignal };
}

/** A structured answer: the handler returns the object and the messages, and the message alone would lose it. */
interface StructuredResult {
  readonly structuredResponse: unknown;
  readonly messages: readonly BaseMessage[];
}

/**
 * The cache as agent middleware. Prefer `withSemanticCache` around the agent's model: on a hit of the middleware no model runs, so
 * handlers see no model run and `streamEvents` no model events.
 *
 * @throws {InvalidOptionError} without a cache.
 */
export function semanticCacheMiddleware(options: SemanticCacheMiddlewareOptions): AgentMiddleware {
  const { cache } = options;
  if (typeof cache?.lookup !== "function") throw new InvalidOptionError("`cache` is missing. Pass a SemanticCache.");
  return createMiddleware({
    name: "SemanticCache",
    wrapModelCall: async (request, handler) => {
      const like = request as unknown as ModelRequestLike;
      const query = queryOf(like, options);
      const call = (): Promise<unknown> => Promise.resolve(handler(request));
      const served = await cache.serve<unknown>(
        query,
        { call, encode: (result, latencyMs) => encode(result, latencyMs), store: { ...(options.tags && { tags: options.tags }) } },
        { signal: like.runtime.signal },
      );
      await cache.report(served.lookup);
      const replayed = served.response && decode(served.response, served.lookup);
      return (replayed ?? served.value ?? (await call())) as AIMessage;
    },
  });
}

function queryOf(request: ModelRequestLike, { scope, when, tools, modelId, queryText }: SemanticCacheMiddlewareOptions): CacheQuery {
  const seen: AgentRequest = { messages: request.messages, context: request.runtime.context, state: request.state };
  const model = RunnableBinding.isRunnableBinding(request.model as never)
    ? (request.model as unknown as { bound: BaseChatModel }).bound
    : (request.model as BaseChatModel);
  const system = request.systemMessage ?? new SystemMessage(request.systemPrompt ?? "");
  const messages = system.text === "" ? request.messages : [system, ...request.messages];
  const callOptions = {
    ...request.modelSettings,
    ...(request.tools?.length && { tools: request.tools }),
    ...(request.toolChoice !== undefined && { tool_choice: request.toolChoice }),
  };
  const query = chatQuery(model, messages, callOptions, {
    modelId,
    queryText,
    scope: typeof scope === "function" ? scope(seen) : scope,
    metadata: { context: request.runtime.context },
    format: request.responseFormat,
  });
  if (when && !when(seen)) return { ...query, bypass: "not-selected" };
  return tools === "bypass" && request.tools?.length ? { ...query, bypass: "tools" } : query;
}

function encode(result: unknown, latencyMs: number): CachedResponse | null {
  if (AIMessage.isInstance(result)) return responseFromMessage(result, { latencyMs, whole: false });
  if (!isStructured(result)) return null;
  const answer = result.messages.find((message) => AIMessage.isInstance(message));
  const response = answer && responseFromMessage(answer, { latencyMs, structured: true, whole: false });
  if (!response) return null;
  const messages = result.messages.map(storeMessage);
  return {
    ...response,
    text: JSON.stringify(result.structuredResponse),
    value: { structured: toJsonValue(result.structuredResponse), messages },
  };
}

function decode(response: CachedResponse, lookup: Parameters<typeof markOf>[0]): unknown {
  const mark = markOf(lookup);
  const stored = response.value as { structured?: JsonValue; messages?: readonly JsonValue[] } | null | undefined;
  if (!stored || !Array.isArray(stored.messages)) return messageFromResponse(response, mark, `run-${randomUUID()}`);
  const messages = stored.messages.map((message: JsonValue) => {
    const { type, record } = structuredClone(message) as unknown as { type: string; record: Record<string, unknown> };
    if (type === "tool") return new ToolMessage({ ...(record as { content: string; tool_call_id: string }), id: randomUUID() });
    return messageFromResponse({ text: "", value: record as JsonValue }, mark, `run-${randomUUID()}`);
  });
  return { structuredResponse: structuredClone(stored.structured), messages };
}

function storeMessage(message: BaseMessage): JsonValue {
  if (message.getType() === "tool") {
    const { content, tool_call_id: id, name } = message as ToolMessage;
    return { type: "tool", record: { content: toJsonValue(content), tool_call_id: id, ...(name && { name }) } };
  }
  return { type: "ai", record: responseFromMessage(message, { structured: true, whole: false })?.value ?? null };
}

function isStructured(result: unknown): result is StructuredResult {
  return (
    typeof result === "object" &&
    result !== null &&
    "structuredResponse" in result &&
    Array.isArray((result as { messages?: unknown }).messages)
  );
}
