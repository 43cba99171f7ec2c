import { AIMessage, AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { type CacheMark, cacheMark, type JsonValue, toJsonValue, usageFromMessage } from "@langthrift/core";
import type { CachedResponse } from "../cached-response.ts";

/** A model's answer as plain JSON, without what belongs to the one call: id, usage, marks, signatures. */
export interface MessageRecord {
  readonly content: JsonValue;
  readonly tool_calls?: readonly JsonValue[];
  readonly invalid_tool_calls?: readonly JsonValue[];
  readonly additional_kwargs: { readonly [key: string]: JsonValue };
  readonly response_metadata: { readonly [key: string]: JsonValue };
  readonly name?: string;
  /** The model's `invoke` returns chunks; some parsers insist on them. */
  readonly chunk?: boolean;
}

const ownToCall = new Set([
  "usage",
  "tokenUsage",
  "estimatedTokenUsage",
  "estimatedTokenCount",
  "router",
  "semanticCache",
  "id",
  "request_id",
  "headers",
  "created",
  "created_at",
]);
/** Providers check these against the call that made them. */
const signatures = new Set([
  "signature",
  "encrypted_content",
  "thoughtSignature",
  "thought_signature",
  "thoughtSignatures",
  "__gemini_function_call_thought_signatures__",
]);

export interface MessageResponseOptions {
  readonly latencyMs?: number;
  /** Tool calls that are the answer: structured output by function calling. */
  readonly structured?: boolean;
  /** It came whole, not merged from a stream. */
  readonly whole?: boolean;
}

export function isOwnToCall(name: string): boolean {
  return ownToCall.has(name);
}

/** What to keep of an answer; `null` for what is no model's answer. */
export function responseFromMessage(
  message: BaseMessage,
  { latencyMs, structured = false, whole = true }: MessageResponseOptions = {},
): CachedResponse | null {
  if (message.getType() !== "ai") return null;
  const answer = message as AIMessage;
  const metadata = answer.response_metadata as Record<string, unknown>;
  const additional = answer.additional_kwargs as Record<string, unknown>;
  const value: MessageRecord = {
    content: withoutSignatures(toJsonValue(answer.content)),
    ...(answer.tool_calls?.length && { tool_calls: asList(answer.tool_calls) }),
    ...(answer.invalid_tool_calls?.length && { invalid_tool_calls: asList(answer.invalid_tool_calls) }),
    additional_kwargs: asObject(withoutSignatures(toJsonValue(additional))),
    response_metadata: asObject(toJsonValue(Object.fromEntries(Object.entries(metadata).filter(([name]) => !ownToCall.has(name))))),
    ...(typeof answer.name === "string" && { name: answer.name }),
    ...(whole && AIMessageChunk.isInstance(answer) && { chunk: true }),
  };
  const calls = (answer.tool_calls?.length ?? 0) + (answer.invalid_tool_calls?.length ?? 0) > 0;
  const model = text(metadata["model_name"]) ?? text(metadata["model"]) ?? text(additional["model"]);
  const provider = text(metadata["model_provider"]);
  const finishReason =
    text(metadata["finish_reason"]) ?? text(metadata["stop_reason"]) ?? text(metadata["finishReason"]) ?? status(metadata);
  const refusal = text(additional["refusal"]) !== undefined || hasRefusalBlock(answer.content);
  return {
    text:
      answer.text === "" && structured && calls
        ? JSON.stringify(answer.tool_calls?.map(({ name, args }) => ({ name, args })))
        : answer.text,
    value: value as unknown as JsonValue,
    usage: usageFromMessage(answer),
    ...(model && { model }),
    ...(provider && { provider }),
    ...(latencyMs !== undefined && { latencyMs }),
    ...(finishReason && { finishReason }),
    ...(refusal && { refusal }),
    ...(calls && !structured && { toolCalls: true }),
    ...(cacheMark(answer) && { fromCache: true }),
  };
}

/** A fresh message for a stored answer: own copy, own id, no usage, with the cache's mark. `null` when the record is no message. */
export function messageFromResponse(response: CachedResponse, mark: CacheMark, id: string): AIMessage | null {
  if (messageRecord(response)?.chunk) return chunkFromResponse(response, mark, id);
  const fields = replayFields(response, mark, id);
  return fields && new AIMessage(fields);
}

/** Whether a stored answer is a message. */
export function messageRecord(response: CachedResponse): MessageRecord | undefined {
  const record = response.value as unknown as Partial<MessageRecord> | null | undefined;
  return typeof record === "object" && record !== null && record.content !== undefined ? (record as MessageRecord) : undefined;
}

/** The same as one chunk, for streams and for parsers that take chunks. */
export function chunkFromResponse(response: CachedResponse, mark: CacheMark, id: string): AIMessageChunk | null {
  const fields = replayFields(response, mark, id);
  if (!fields) return null;
  const { tool_calls: calls = [], ...rest } = fields;
  const chunks = calls.map((call, index) => ({
    type: "tool_call_chunk" as const,
    index,
    name: call.name,
    args: JSON.stringify(call.args),
    ...(call.id && { id: call.id }),
  }));
  return new AIMessageChunk({ ...rest, tool_call_chunks: chunks });
}

type ReplayFields = Omit<ConstructorParameters<typeof AIMessage>[0] & object, "tool_calls"> & {
  content: AIMessage["content"];
  tool_calls?: { name: string; args: Record<string, unknown>; id?: string; type: "tool_call" }[];
};

function replayFields(response: CachedResponse, mark: CacheMark, id: string): ReplayFields | null {
  const stored = messageRecord(response);
  if (!stored) return null;
  // Callers change what they get (createAgent sets the name); the stored record stays.
  const record = structuredClone(stored);
  return {
    content: record.content as AIMessage["content"],
    ...(record.tool_calls && { tool_calls: record.tool_calls as unknown as NonNullable<ReplayFields["tool_calls"]> }),
    ...(record.invalid_tool_calls && { invalid_tool_calls: record.invalid_tool_calls as never }),
    additional_kwargs: record.additional_kwargs ?? {},
    response_metadata: { ...record.response_metadata, semanticCache: mark },
    usage_metadata: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
    ...(record.name !== undefined && { name: record.name }),
    id,
  } as ReplayFields;
}

/** Thinking that a provider signed is of no use without its signature, and refused by the provider when sent back without it. */
function withoutSignatures(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[];
    return items.filter((item) => !isSigned(item)).map(withoutSignatures);
  }
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, JsonValue> = {};
  for (const [name, item] of Object.entries(value)) if (!signatures.has(name)) result[name] = withoutSignatures(item);
  return result;
}

function isSigned(item: JsonValue): boolean {
  const { type, signature } = asObject(item);
  return type === "redacted_thinking" || (type === "thinking" && signature !== undefined);
}

function hasRefusalBlock(content: AIMessage["content"]): boolean {
  return Array.isArray(content) && content.some((block) => (block as { type?: unknown }).type === "refusal");
}

/** The Responses API says "incomplete" with the reason beside it. */
function status(metadata: Record<string, unknown>): string | undefined {
  if (metadata["status"] !== "incomplete") return undefined;
  return text((metadata["incomplete_details"] as { reason?: unknown } | undefined)?.reason) ?? "incomplete";
}

function asList(items: readonly unknown[]): readonly JsonValue[] {
  return items.map(toJsonValue);
}

function asObject(value: JsonValue): { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as { readonly [key: string]: JsonValue }) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
