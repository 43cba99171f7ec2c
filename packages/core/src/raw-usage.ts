import { asRecord } from "./as-record.ts";
import type { Usage } from "./usage.ts";

/**
 * The counts that a provider's own usage object holds, by their names at OpenAI (chat, responses), Anthropic, Groq, Mistral and DeepSeek;
 * what integrations leave in `response_metadata.usage` or `.tokenUsage`. Unchecked: for `normalizeUsage`.
 */
export function rawUsageCounts(responseMetadata: Record<string, unknown> | undefined): { readonly [K in keyof Usage]?: unknown } {
  const raw = asRecord(responseMetadata?.["usage"]) ?? asRecord(asRecord(responseMetadata?.["x_groq"])?.["usage"]);
  const counted = asRecord(responseMetadata?.["tokenUsage"]);
  const input = asRecord(raw?.["prompt_tokens_details"]) ?? asRecord(raw?.["input_tokens_details"]);
  const output = asRecord(raw?.["completion_tokens_details"]) ?? asRecord(raw?.["output_tokens_details"]);
  const read = raw?.["cache_read_input_tokens"];
  const write = raw?.["cache_creation_input_tokens"];
  const inputTokens = raw?.["prompt_tokens"] ?? raw?.["input_tokens"] ?? counted?.["promptTokens"];
  return {
    // Anthropic's own input leaves out what was read from and written to its cache.
    inputTokens: typeof inputTokens === "number" ? inputTokens + countOf(read) + countOf(write) : inputTokens,
    outputTokens: raw?.["completion_tokens"] ?? raw?.["output_tokens"] ?? counted?.["completionTokens"],
    cacheReadTokens: input?.["cached_tokens"] ?? raw?.["prompt_cache_hit_tokens"] ?? read,
    cacheWriteTokens: write,
    cacheWrite1hTokens: asRecord(raw?.["cache_creation"])?.["ephemeral_1h_input_tokens"],
    inputAudioTokens: input?.["audio_tokens"],
    outputAudioTokens: output?.["audio_tokens"],
    reasoningTokens: output?.["reasoning_tokens"],
    webSearches: asRecord(raw?.["server_tool_use"])?.["web_search_requests"],
  };
}

/** Searches of OpenAI's web search tool in an answer of its Responses API. Opening a page or searching in it is not billed. */
export function searchCalls(outputs: unknown): number | undefined {
  if (!Array.isArray(outputs)) return undefined;
  const searches = outputs.filter((output) => {
    const item = asRecord(output);
    return item?.["type"] === "web_search_call" && (asRecord(item["action"])?.["type"] ?? "search") === "search";
  });
  return searches.length > 0 ? searches.length : undefined;
}

function countOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}
