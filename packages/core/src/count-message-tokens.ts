import type { BaseMessage } from "@langchain/core/messages";
import { asRecord, asText } from "./as-record.ts";
import type { TokenCounter } from "./token-counter.ts";

/** Options of {@link countMessageTokens}. */
export interface CountMessageTokensOptions {
  /** Name of the model whose encoding counts. @default the counter's */
  readonly model?: string;
  /** Tool schemas as they are sent; counted as JSON. */
  readonly tools?: readonly unknown[];
  /** What an image counts for. @default 765 (one high-detail tile set of 1024 × 1024 at OpenAI) */
  readonly tokensPerImage?: number;
}

// 3 as OpenAI documents it, and 1 for the role.
const PER_MESSAGE = 4;
const PER_NAME = 1;
const PER_REPLY = 3;

/** Tokens of a chat request with OpenAI's overhead: 3 a message and 1 its role, 1 a name, 3 for the reply; tool calls and schemas as JSON. */
export function countMessageTokens(
  messages: readonly BaseMessage[],
  counter: TokenCounter,
  { model, tools = [], tokensPerImage = 765 }: CountMessageTokensOptions = {},
): number {
  const count = (text: string) => counter.count(text, model);
  let total = messages.length === 0 ? 0 : PER_REPLY;
  for (const message of messages) {
    total += PER_MESSAGE + contentTokens(message.content, count, tokensPerImage);
    if (message.name !== undefined && message.name !== "") total += PER_NAME + count(message.name);
    const calls = (message as { tool_calls?: unknown }).tool_calls;
    if (Array.isArray(calls)) {
      for (const call of calls as { name?: string; args?: unknown }[]) total += count(call.name ?? "") + count(jsonText(call.args));
    }
  }
  for (const tool of tools) total += count(jsonText(tool));
  return total;
}

function contentTokens(content: unknown, count: (text: string) => number, tokensPerImage: number): number {
  if (typeof content === "string") return count(content);
  if (!Array.isArray(content)) return 0;
  let total = 0;
  for (const block of content as unknown[]) {
    const record = asRecord(block);
    const type = asText(record?.["type"]) ?? "";
    const text = asText(record?.["text"]);
    if (text !== undefined) total += count(text);
    else if (type.includes("image")) total += tokensPerImage;
    // A tool call stands in `tool_calls` too and is counted there.
    else if (record && !type.includes("tool")) total += count(jsonText(record));
  }
  return total;
}

function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
