import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { AIMessageChunk } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import { concat } from "@langchain/core/utils/stream";
import { randomUUID } from "node:crypto";

/** The whole message of a stream; `undefined` where nothing came. */
export function mergeChunks(chunks: readonly AIMessageChunk[]): AIMessageChunk | undefined {
  let whole: AIMessageChunk | undefined;
  for (const chunk of chunks) whole = whole ? concat(whole, chunk) : chunk;
  return whole;
}

export async function* generationChunks(messages: readonly AIMessageChunk[]): AsyncGenerator<ChatGenerationChunk> {
  for (const message of messages) yield new ChatGenerationChunk({ text: message.text, message });
}

/** LangChain's form: the run's id behind `run-`. */
export function newMessageId(run: CallbackManagerForLLMRun | undefined): string {
  return `run-${run?.runId ?? randomUUID()}`;
}
