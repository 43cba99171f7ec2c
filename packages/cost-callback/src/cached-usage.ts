import type { BaseMessage } from "@langchain/core/messages";
import { normalizeUsage, type Usage } from "@langthrift/core";
import { recordOf } from "./unknown-record.ts";

/**
 * What a cached answer had used when it was bought. LangChain zeroes `usage_metadata` on a hit; the provider's own counts stay in
 * `response_metadata`, as `usage` (raw) or `tokenUsage`.
 */
export function cachedUsage(message: BaseMessage): Usage | null {
  const metadata = recordOf(message.response_metadata);
  const raw = recordOf(metadata?.["usage"]);
  const counted = recordOf(metadata?.["tokenUsage"]);
  const promptDetails = recordOf(raw?.["prompt_tokens_details"]) ?? recordOf(raw?.["input_tokens_details"]);
  const outputDetails = recordOf(raw?.["completion_tokens_details"]) ?? recordOf(raw?.["output_tokens_details"]);
  const read = raw?.["cache_read_input_tokens"];
  const write = raw?.["cache_creation_input_tokens"];
  const input = raw?.["prompt_tokens"] ?? raw?.["input_tokens"] ?? counted?.["promptTokens"];
  // Anthropic's raw input leaves out what was read from and written to its cache.
  const inputTokens = typeof input === "number" ? input + count(read) + count(write) : input;
  return normalizeUsage({
    inputTokens,
    outputTokens: raw?.["completion_tokens"] ?? raw?.["output_tokens"] ?? counted?.["completionTokens"],
    cacheReadTokens: promptDetails?.["cached_tokens"] ?? read,
    cacheWriteTokens: write,
    cacheWrite1hTokens: recordOf(raw?.["cache_creation"])?.["ephemeral_1h_input_tokens"],
    inputAudioTokens: promptDetails?.["audio_tokens"],
    outputAudioTokens: outputDetails?.["audio_tokens"],
    reasoningTokens: outputDetails?.["reasoning_tokens"],
  });
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}
