import { AIMessage } from "@langchain/core/messages";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addUsage, normalizeUsage, usageFromMessage } from "./usage.ts";

describe("usageFromMessage", () => {
  it("reads totals and details", () => {
    const message = new AIMessage({
      content: "",
      usage_metadata: {
        input_tokens: 1000,
        output_tokens: 50,
        total_tokens: 1050,
        input_token_details: { cache_read: 400, cache_creation: 200, audio: 5 },
        output_token_details: { reasoning: 30, audio: 2 },
      },
      response_metadata: { usage: { cache_creation: { ephemeral_1h_input_tokens: 150 }, server_tool_use: { web_search_requests: 2 } } },
    });
    expect(usageFromMessage(message)).toEqual({
      inputTokens: 1000,
      outputTokens: 50,
      cacheReadTokens: 400,
      cacheWriteTokens: 200,
      cacheWrite1hTokens: 150,
      inputAudioTokens: 5,
      outputAudioTokens: 2,
      reasoningTokens: 30,
      webSearches: 2,
    });
  });

  it("is null without usage, and for LangChain's two empty details objects", () => {
    expect(usageFromMessage(new AIMessage("hi"))).toBeNull();
    const empty = new AIMessage({ content: "", usage_metadata: { input_token_details: {}, output_token_details: {} } as never });
    expect(usageFromMessage(empty)).toBeNull();
  });

  it("keeps true zeros, and copies, because LangChain's cache zeroes the object later", () => {
    const message = new AIMessage({ content: "", usage_metadata: { input_tokens: 7, output_tokens: 0, total_tokens: 7 } });
    const usage = usageFromMessage(message);
    message.usage_metadata!.input_tokens = 0;
    expect(usage).toEqual({ inputTokens: 7, outputTokens: 0 });
  });
});

describe("normalizeUsage", () => {
  it("takes NaN and negatives for absent", () => {
    expect(normalizeUsage({ inputTokens: Number.NaN, outputTokens: -1, cacheReadTokens: "5" })).toBeNull();
  });

  it("keeps every part within its whole", () => {
    const count = fc.option(fc.oneof(fc.nat(5000), fc.constant(Number.NaN), fc.constant(-3)), { nil: undefined });
    fc.assert(
      fc.property(
        fc.record({
          inputTokens: fc.nat(2000),
          outputTokens: fc.nat(2000),
          cacheReadTokens: count,
          cacheWriteTokens: count,
          cacheWrite1hTokens: count,
          reasoningTokens: count,
        }),
        (counts) => {
          const usage = normalizeUsage(counts)!;
          expect((usage.cacheReadTokens ?? 0) + (usage.cacheWriteTokens ?? 0)).toBeLessThanOrEqual(usage.inputTokens!);
          expect(usage.cacheWrite1hTokens ?? 0).toBeLessThanOrEqual(usage.cacheWriteTokens ?? Infinity);
          expect(usage.reasoningTokens ?? 0).toBeLessThanOrEqual(usage.outputTokens!);
        },
      ),
    );
  });
});

it("addUsage keeps absent apart from zero and passes on that a part is estimated", () => {
  expect(addUsage({ inputTokens: 1 }, { inputTokens: 2, outputTokens: 0, estimated: true })).toEqual({
    inputTokens: 3,
    outputTokens: 0,
    estimated: true,
  });
});

describe("what integrations drop", () => {
  it("takes tokens that only the total has for reasoning (Gemini, xAI)", () => {
    const message = new AIMessage({ content: "", usage_metadata: { input_tokens: 1200, output_tokens: 8, total_tokens: 1558 } });
    expect(usageFromMessage(message)).toEqual({ inputTokens: 1200, outputTokens: 358, reasoningTokens: 350 });
  });

  it("reads the provider's own object where there is no usage_metadata (Groq streams)", () => {
    const message = new AIMessage({ content: "", response_metadata: { usage: { prompt_tokens: 718, completion_tokens: 556 } } });
    expect(usageFromMessage(message)).toEqual({ inputTokens: 718, outputTokens: 556 });
  });

  it("counts OpenAI's searches, not the pages it opened", () => {
    const output = [
      { type: "web_search_call", action: { type: "search" } },
      { type: "web_search_call", action: { type: "open_page" } },
      { type: "message" },
    ];
    const usage_metadata = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    expect(usageFromMessage(new AIMessage({ content: "", usage_metadata, response_metadata: { output } }))?.webSearches).toBe(1);
  });
});
