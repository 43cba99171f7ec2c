import type { BaseMessage } from "@langchain/core/messages";
import { asRecord } from "./as-record.ts";
import { rawUsageCounts, searchCalls } from "./raw-usage.ts";

/**
 * Tokens of one model call. `inputTokens` and `outputTokens` include their parts, as in LangChain's `usage_metadata`.
 * A field that was not sent is absent; absent is not 0.
 */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Part of the input that the provider read from its prompt cache. */
  readonly cacheReadTokens?: number;
  /** Part of the input that the provider wrote to its prompt cache. */
  readonly cacheWriteTokens?: number;
  /** Part of `cacheWriteTokens` that is kept for an hour (Anthropic). */
  readonly cacheWrite1hTokens?: number;
  readonly inputAudioTokens?: number;
  readonly outputAudioTokens?: number;
  /** Part of the output that was reasoning. */
  readonly reasoningTokens?: number;
  readonly webSearches?: number;
  /** Counted or guessed by us, not by the provider. */
  readonly estimated?: boolean;
}

/** The counts of `Usage`: all of its fields but `estimated`. */
export const usageCounts: readonly (keyof Omit<Usage, "estimated">)[] = [
  "inputTokens",
  "outputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "cacheWrite1hTokens",
  "inputAudioTokens",
  "outputAudioTokens",
  "reasoningTokens",
  "webSearches",
];

/**
 * Reads the usage of a model's answer; `null` when the provider sent none. The numbers are copied, because LangChain's in-memory
 * cache later zeroes the same object. Where an integration gives no `usage_metadata` (Groq's streams), the provider's own object is read.
 */
export function usageFromMessage(message: BaseMessage): Usage | null {
  const response = asRecord(message.response_metadata);
  const metadata = asRecord((message as { usage_metadata?: unknown }).usage_metadata);
  const input = asRecord(metadata?.["input_token_details"]);
  const output = asRecord(metadata?.["output_token_details"]);
  const raw = rawUsageCounts(response);
  const webSearches =
    raw.webSearches ?? searchCalls(asRecord(message.additional_kwargs)?.["tool_outputs"]) ?? searchCalls(response?.["output"]);
  const inputTokens = metadata?.["input_tokens"];
  const outputTokens = metadata?.["output_tokens"];
  if (typeof inputTokens !== "number" && typeof outputTokens !== "number") return normalizeUsage({ ...raw, webSearches });
  const hidden = hiddenTokens(metadata);
  const reasoning = output?.["reasoning"];
  return normalizeUsage({
    inputTokens,
    outputTokens: hidden > 0 ? (outputTokens as number) + hidden : outputTokens,
    cacheReadTokens: input?.["cache_read"],
    cacheWriteTokens: input?.["cache_creation"],
    cacheWrite1hTokens: raw.cacheWrite1hTokens,
    inputAudioTokens: input?.["audio"],
    outputAudioTokens: output?.["audio"],
    reasoningTokens: hidden > 0 ? Math.max(hidden, typeof reasoning === "number" ? reasoning : 0) : reasoning,
    webSearches,
  });
}

/**
 * Tokens that are in the total and in neither part: thoughts, which Gemini and xAI bill as output but count apart, and which their
 * integrations drop.
 */
export function hiddenTokens(usageMetadata: unknown): number {
  const { input_tokens: input, output_tokens: output, total_tokens: total } = asRecord(usageMetadata) ?? {};
  if (typeof input !== "number" || typeof output !== "number" || typeof total !== "number") return 0;
  return Number.isFinite(total) && total > input + output ? total - input - output : 0;
}

/** Drops what is not a count and clamps parts to their whole; `null` when no count is left. */
export function normalizeUsage(counts: { readonly [K in keyof Usage]?: unknown }): Usage | null {
  const usage: { -readonly [K in keyof Usage]: Usage[K] } = {};
  for (const name of usageCounts) {
    const value = counts[name];
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) usage[name] = Math.round(value);
  }
  if (Object.keys(usage).length === 0) return null;
  if (usage.inputTokens !== undefined) {
    clamp(usage, "cacheReadTokens", usage.inputTokens);
    clamp(usage, "cacheWriteTokens", usage.inputTokens - (usage.cacheReadTokens ?? 0));
    clamp(usage, "inputAudioTokens", usage.inputTokens);
  }
  if (usage.cacheWriteTokens !== undefined) clamp(usage, "cacheWrite1hTokens", usage.cacheWriteTokens);
  if (usage.outputTokens !== undefined) {
    clamp(usage, "reasoningTokens", usage.outputTokens);
    clamp(usage, "outputAudioTokens", usage.outputTokens);
  }
  if (counts.estimated === true) usage.estimated = true;
  return usage;
}

/** Adds two usages field by field; a field absent in both stays absent, and an estimated part makes the sum estimated. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum: { -readonly [K in keyof Usage]: Usage[K] } = {};
  for (const name of usageCounts) {
    if (a[name] !== undefined || b[name] !== undefined) sum[name] = (a[name] ?? 0) + (b[name] ?? 0);
  }
  if (a.estimated || b.estimated) sum.estimated = true;
  return sum;
}

function clamp(usage: { -readonly [K in keyof Usage]: Usage[K] }, name: keyof Omit<Usage, "estimated">, limit: number): void {
  const value = usage[name];
  if (value !== undefined && value > limit) usage[name] = limit;
}
