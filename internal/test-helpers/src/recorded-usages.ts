import { AIMessage, type UsageMetadata } from "@langchain/core/messages";

/** The fields of core's `Usage`, so that `expected` can be compared with what `usageFromMessage` returns. */
export interface ExpectedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly cacheWrite1hTokens?: number;
  readonly reasoningTokens?: number;
  readonly inputAudioTokens?: number;
  readonly outputAudioTokens?: number;
  readonly webSearches?: number;
}

/** The usage of one real response. */
export interface RecordedUsage {
  readonly name: string;
  readonly provider: "openai" | "anthropic" | "google";
  readonly model: string;
  /** The `usage` (Google: `usageMetadata`) object of the response body. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** What LangChain makes of it in `usage_metadata`. */
  readonly metadata: UsageMetadata;
  /** The tokens that are billed. */
  readonly expected: ExpectedUsage;
}

const plainOutput = { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 };

/** Usage objects of real response bodies, and those that the providers' own documentation shows. */
export const recordedUsages: readonly RecordedUsage[] = [
  {
    // OpenAI API reference, "Create chat completion".
    name: "openai chat",
    provider: "openai",
    model: "gpt-4.1-2025-04-14",
    raw: {
      prompt_tokens: 19,
      completion_tokens: 10,
      total_tokens: 29,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: plainOutput,
    },
    metadata: {
      input_tokens: 19,
      output_tokens: 10,
      total_tokens: 29,
      input_token_details: { audio: 0, cache_read: 0 },
      output_token_details: { audio: 0, reasoning: 0 },
    },
    expected: {
      inputTokens: 19,
      outputTokens: 10,
      cacheReadTokens: 0,
      inputAudioTokens: 0,
      outputAudioTokens: 0,
      reasoningTokens: 0,
    },
  },
  {
    // A gpt-4o response with a prompt cache hit: 15 steps of 128 tokens.
    name: "openai chat, cache hit",
    provider: "openai",
    model: "gpt-4o-2024-08-06",
    raw: {
      prompt_tokens: 2012,
      completion_tokens: 23,
      total_tokens: 2035,
      prompt_tokens_details: { audio_tokens: 0, cached_tokens: 1920 },
      completion_tokens_details: plainOutput,
    },
    metadata: {
      input_tokens: 2012,
      output_tokens: 23,
      total_tokens: 2035,
      input_token_details: { audio: 0, cache_read: 1920 },
      output_token_details: { audio: 0, reasoning: 0 },
    },
    expected: {
      inputTokens: 2012,
      outputTokens: 23,
      cacheReadTokens: 1920,
      inputAudioTokens: 0,
      outputAudioTokens: 0,
      reasoningTokens: 0,
    },
  },
  {
    // OpenAI guide "Reasoning models", Responses API: the output includes the reasoning.
    name: "openai responses, reasoning",
    provider: "openai",
    model: "o4-mini-2025-04-16",
    raw: {
      input_tokens: 75,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1186,
      output_tokens_details: { reasoning_tokens: 1024 },
      total_tokens: 1261,
    },
    metadata: {
      input_tokens: 75,
      output_tokens: 1186,
      total_tokens: 1261,
      input_token_details: { cache_read: 0 },
      output_token_details: { reasoning: 1024 },
    },
    expected: { inputTokens: 75, outputTokens: 1186, cacheReadTokens: 0, reasoningTokens: 1024 },
  },
  {
    // Anthropic reports three disjoint parts of the input; LangChain adds them up. The write is kept for an hour.
    name: "anthropic, 1 h cache write and read",
    provider: "anthropic",
    model: "claude-sonnet-4-5-20250929",
    raw: {
      input_tokens: 2,
      cache_creation_input_tokens: 31_874,
      cache_read_input_tokens: 4_862,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 31_874 },
      output_tokens: 503,
      service_tier: "standard",
    },
    metadata: {
      input_tokens: 36_738,
      output_tokens: 503,
      total_tokens: 37_241,
      input_token_details: { cache_creation: 31_874, cache_read: 4_862 },
    },
    expected: {
      inputTokens: 36_738,
      outputTokens: 503,
      cacheReadTokens: 4_862,
      cacheWriteTokens: 31_874,
      cacheWrite1hTokens: 31_874,
    },
  },
  {
    // Anthropic documentation, "Web search tool": searches are billed apart from tokens.
    name: "anthropic, web search",
    provider: "anthropic",
    model: "claude-sonnet-4-5-20250929",
    raw: {
      input_tokens: 6_039,
      output_tokens: 931,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      server_tool_use: { web_search_requests: 1 },
    },
    metadata: {
      input_tokens: 6_039,
      output_tokens: 931,
      total_tokens: 6_970,
      input_token_details: { cache_creation: 0, cache_read: 0 },
    },
    expected: { inputTokens: 6_039, outputTokens: 931, cacheReadTokens: 0, cacheWriteTokens: 0, webSearches: 1 },
  },
  {
    // Firebase AI Logic documentation: the candidates' count leaves the thoughts out, the total has them.
    name: "google, thinking",
    provider: "google",
    model: "gemini-3-flash-preview",
    raw: {
      promptTokenCount: 34,
      candidatesTokenCount: 418,
      totalTokenCount: 890,
      promptTokensDetails: [{ modality: "TEXT", tokenCount: 34 }],
      thoughtsTokenCount: 438,
    },
    metadata: {
      input_tokens: 34,
      output_tokens: 856,
      total_tokens: 890,
      output_token_details: { reasoning: 438 },
    },
    expected: { inputTokens: 34, outputTokens: 856, reasoningTokens: 438 },
  },
];

/** The answer as LangChain would return it: `usage_metadata`, and the raw object in `response_metadata.usage`. Fresh at each call. */
export function messageWithUsage(recorded: RecordedUsage, text: string = "An answer."): AIMessage {
  return new AIMessage({
    content: text,
    usage_metadata: structuredClone(recorded.metadata),
    response_metadata: {
      // Anthropic's adapter calls it `model`, the others `model_name`.
      [recorded.provider === "anthropic" ? "model" : "model_name"]: recorded.model,
      usage: structuredClone(recorded.raw),
    },
  });
}
