import { hash32 } from "./hash.ts";
import { asRecord, type JsonRecord } from "./json.ts";
import type { RequestMessage, RequestTool } from "./model-request.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A message with its image, audio and file parts, as sent. */
export interface ParsedMessage extends RequestMessage {
  readonly parts: readonly JsonRecord[];
}

// OpenAI's figures for an image: 85 in low detail, else 85 + 170 for each of the four tiles of 1024 x 1024 pixels.
const lowDetailTokens = 85;
const highDetailTokens = 765;

/**
 * The tokens of a prompt: those of its texts, and a stand-in below 0 for each that no text gives.
 * Overhead: 3 a message and its role, 1 a name, 3 for the reply; tools, tool calls and a schema as JSON.
 *
 * @see https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken
 */
export function promptTokens(
  tokenizer: Tokenizer,
  parts: { messages: readonly ParsedMessage[]; tools: readonly unknown[]; schema?: unknown },
): number[] {
  const tokens: number[] = [];
  const addText = (text: string): void => {
    for (const token of tokenizer.encode(text)) tokens.push(token);
  };
  const addFiller = (count: number, filler: number): void => {
    for (let added = 0; added < count; added += 1) tokens.push(filler);
  };

  for (const tool of parts.tools) addText(JSON.stringify(tool));
  if (parts.schema !== undefined) addText(JSON.stringify(parts.schema));
  for (const message of parts.messages) {
    addFiller(3, -1);
    addText(message.role);
    addText(message.text);
    if (message.name !== undefined) {
      addFiller(1, -2);
      addText(message.name);
    }
    for (const call of message.toolCalls ?? []) {
      // Without the id: providers do not bill it.
      addText(call.name);
      addText(call.arguments);
    }
    for (const part of message.parts) addFiller(attachmentTokens(part), -3 - hash32(JSON.stringify(part)));
  }
  addFiller(3, -1);
  return tokens;
}

/** The tools as rules see them, from either API's form. */
export function requestTools(tools: readonly unknown[]): RequestTool[] {
  return tools.flatMap((tool) => {
    const outer = asRecord(tool);
    const inner = asRecord(outer["function"] ?? outer);
    return typeof inner["name"] === "string" ? [{ name: inner["name"], parameters: asRecord(inner["parameters"]) }] : [];
  });
}

function attachmentTokens(part: JsonRecord): number {
  const detail = asRecord(part["image_url"])["detail"] ?? part["detail"];
  return detail === "low" ? lowDetailTokens : highDetailTokens;
}
