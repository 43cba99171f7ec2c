import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { type AIMessage, AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { CachedResponse } from "../cached-response.ts";
import type { SemanticCache } from "../semantic-cache.ts";
import type { Lookup } from "../serving/lookup.ts";
import { markOf } from "../serving/savings-reporter.ts";
import { endHitRun, openHitRun, sendToken } from "./hit-run.ts";
import { mergeChunks, newMessageId } from "./message-chunks.ts";
import { chunkFromResponse, messageFromResponse, messageRecord } from "./message-record.ts";
import { followedChunk, replayChunks } from "./replay-chunks.ts";

/** A call that may be answered without the model. */
export interface AnsweredCall {
  readonly model: BaseChatModel;
  readonly cache: SemanticCache;
  readonly messages: BaseMessage[];
  readonly config: RunnableConfig;
}

/** The stored answer under a model run of its own. `null` when what is stored is no message; the caller then asks the model. */
export async function replayAnswer(call: AnsweredCall, lookup: Lookup, response: CachedResponse): Promise<AIMessage | null> {
  if (!messageRecord(response)) return null;
  const { model, cache, messages, config } = call;
  const mark = markOf(lookup);
  const run = await openHitRun(model, messages, config);
  const id = newMessageId(run);
  const message = messageFromResponse(response, mark, id);
  const chunk = run && chunkFromResponse(response, mark, id);
  if (!message) return null;
  await cache.report(lookup, { runManager: run, config, llmRunId: run?.runId });
  if (chunk) await sendToken(run, chunk);
  await endHitRun(run, message);
  return message;
}

/** The stored answer chunk by chunk. Returns whether it could be replayed. */
export async function* replayStream(call: AnsweredCall, lookup: Lookup, response: CachedResponse): AsyncGenerator<AIMessageChunk, boolean> {
  if (!messageRecord(response)) return false;
  const { model, cache, messages, config } = call;
  const run = await openHitRun(model, messages, config);
  const chunks = replayChunks(response, markOf(lookup), newMessageId(run)) ?? [];
  await cache.report(lookup, { runManager: run, config, llmRunId: run?.runId });
  try {
    for (const chunk of chunks) {
      config.signal?.throwIfAborted();
      await sendToken(run, chunk);
      yield chunk;
    }
  } catch (error) {
    await run?.handleLLMError(error as Error);
    throw error;
  }
  await endHitRun(run, mergeChunks(chunks) as AIMessageChunk);
  return true;
}

/**
 * Reads along with the stream of an equal request, under a run of its own. `responseOf` makes of the whole message what would be stored: it
 * tells what was saved.
 */
export async function* followStream(
  call: AnsweredCall,
  lookup: Lookup,
  source: AsyncGenerator<AIMessageChunk>,
  responseOf: (message: AIMessageChunk | undefined) => CachedResponse | null,
): AsyncGenerator<AIMessageChunk> {
  const { model, cache, messages, config } = call;
  const run = await openHitRun(model, messages, config);
  const id = newMessageId(run);
  const own: AIMessageChunk[] = [];
  const seen: AIMessageChunk[] = [];
  try {
    for await (const chunk of source) {
      seen.push(chunk);
      const copy = followedChunk(chunk, id);
      own.push(copy);
      await sendToken(run, copy);
      yield copy;
    }
    const coalesced = cache.coalesced(lookup, responseOf(mergeChunks(seen)) ?? { text: "" });
    const last = new AIMessageChunk({
      content: "",
      id,
      response_metadata: { semanticCache: markOf(coalesced) },
      usage_metadata: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
    });
    own.push(last);
    yield last;
    await cache.report(coalesced, { runManager: run, config, llmRunId: run?.runId });
  } catch (error) {
    await run?.handleLLMError(error as Error);
    throw error;
  }
  await endHitRun(run, mergeChunks(own) as AIMessageChunk);
}
