import type { BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import {
  addUsage,
  countMessageTokens,
  hiddenTokens,
  normalizeUsage,
  rawUsageCounts,
  type TokenCounter,
  type Usage,
  usageFromMessage,
} from "@langthrift/core";
import type { ChunkUsage, LlmState } from "./run-node.ts";
import { recordOf, textOf } from "./unknown-record.ts";

/** The message of the first generation: with `n` > 1 each generation repeats the usage of the whole call. */
export function firstMessage(result: LLMResult): BaseMessage | undefined {
  const generation = recordOf(result.generations?.[0]?.[0]);
  return generation?.["message"] as BaseMessage | undefined;
}

/** Adds the usage of a streamed chunk. */
export function addChunkUsage(known: ChunkUsage | undefined, message: BaseMessage): ChunkUsage | undefined {
  // Nearly every chunk has none.
  if ((message as { usage_metadata?: unknown }).usage_metadata === undefined) return known;
  const usage = usageFromMessage(message);
  if (!usage) return known;
  return { sum: known ? addUsage(known.sum, usage) : usage, last: usage };
}

/** Whether the thoughts of an answer were not reported and only follow from the total. */
export function thoughtsFromTotal(message: BaseMessage): boolean {
  const metadata = (message as { usage_metadata?: unknown }).usage_metadata;
  return hiddenTokens(metadata) > 0 && recordOf(recordOf(metadata)?.["output_token_details"])?.["reasoning"] === undefined;
}

/** The usage that the provider reported for a call; `null` when it, or the client library, did not say. */
export function reportedUsage(result: LLMResult, state: LlmState, provider: string | undefined): Usage | null {
  const message = firstMessage(result);
  if (!message) return completionUsage(result);
  const reported = usageFromMessage(message) ?? state.chunkUsage?.sum ?? null;
  if (!reported || isEmptyPlaceholder(reported, message)) return null;
  const usage = withRawDetails(reported, message);
  // Anthropic's streams count the output twice: message_start has the first tokens, message_delta the sum of all.
  const last = state.chunkUsage?.last.outputTokens;
  const counted =
    last !== undefined && provider === "anthropic" && (usage.outputTokens ?? 0) > last ? { ...usage, outputTokens: last } : usage;
  const searches = streamedSearches(message, state);
  return searches > (counted.webSearches ?? 0) ? { ...counted, webSearches: searches } : counted;
}

/**
 * Adds parts of the counts that LangChain's integration left out, where it also left the provider's own usage on the answer and the two
 * agree on the whole: Groq's cached tokens.
 */
function withRawDetails(usage: Usage, message: BaseMessage): Usage {
  const raw = normalizeUsage(rawUsageCounts(message.response_metadata));
  if (!raw || raw.inputTokens !== usage.inputTokens) return usage;
  const lost = (["cacheReadTokens", "inputAudioTokens", "outputAudioTokens"] as const).filter(
    (part) => usage[part] === undefined && raw[part] !== undefined,
  );
  if (lost.length === 0) return usage;
  return { ...usage, ...Object.fromEntries(lost.map((part) => [part, raw[part]])) };
}

/**
 * Web searches in an Anthropic stream. Its client drops what message_delta says of server tools: how often they ran, and the input that
 * their results became. The searches can be counted in the content; the input is lost.
 *
 * @see langchain issue 32591
 */
export function streamedSearches(message: BaseMessage | undefined, state: LlmState): number {
  if (!state.streamed || !message || !Array.isArray(message.content)) return 0;
  return (message.content as unknown[]).filter((block) => {
    const record = recordOf(block);
    return record?.["type"] === "server_tool_use" && record["name"] === "web_search";
  }).length;
}

/** Text completion models (not chat) report only in `llmOutput`. */
function completionUsage(result: LLMResult): Usage | null {
  const tokens = recordOf(recordOf(result.llmOutput)?.["tokenUsage"]);
  return tokens ? normalizeUsage({ inputTokens: tokens["promptTokens"], outputTokens: tokens["completionTokens"] }) : null;
}

/** Some clients write 0/0 where the provider sent nothing; an answer with text that took no token at all is no count. */
function isEmptyPlaceholder(usage: Usage, message: BaseMessage): boolean {
  if ((usage.inputTokens ?? 0) !== 0 || (usage.outputTokens ?? 0) !== 0) return false;
  return recordOf(message.response_metadata)?.["model_provider"] === "openai" && answerText(message) !== "";
}

/** Text that the model wrote, with the arguments of its tool calls: what output tokens are counted from. */
export function answerText(message: BaseMessage): string {
  let text = typeof message.content === "string" ? message.content : "";
  if (Array.isArray(message.content)) {
    for (const block of message.content as unknown[]) {
      const record = recordOf(block);
      text += textOf(record?.["text"]) ?? textOf(record?.["thinking"]) ?? textOf(record?.["reasoning"]) ?? "";
    }
  }
  const calls = (message as { tool_calls?: readonly { name?: string; args?: unknown }[] }).tool_calls ?? [];
  for (const { name, args } of calls) text += `${name ?? ""}${JSON.stringify(args ?? {})}`;
  return text;
}

/** The part of a streamed chunk that becomes output tokens. */
export function chunkText(message: BaseMessage): string {
  let text = typeof message.content === "string" ? message.content : answerText(message);
  const pieces = (message as { tool_call_chunks?: readonly { name?: string; args?: string }[] }).tool_call_chunks ?? [];
  for (const { name, args } of pieces) text += `${name ?? ""}${args ?? ""}`;
  return text;
}

/** Counts a call ourselves: its prompt, and the text of the answer or of what had been streamed. */
export function estimatedUsage(state: LlmState, texts: readonly string[], model: string | undefined, counter: TokenCounter): Usage {
  const invocation = recordOf(state.extraParams["invocation_params"]);
  const tools = invocation?.["tools"];
  const counted =
    state.messages.length > 0
      ? countMessageTokens(state.messages, counter, {
          ...(model !== undefined && { model }),
          ...(Array.isArray(tools) && { tools: tools as unknown[] }),
        })
      : state.prompts.reduce((sum, prompt) => sum + counter.count(prompt, model), 0);
  return {
    inputTokens: counted,
    outputTokens: texts.reduce((sum, text) => sum + counter.count(text, model), 0),
    estimated: true,
  };
}
