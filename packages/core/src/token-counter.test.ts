import { AIMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countMessageTokens } from "./count-message-tokens.ts";
import { approximateTokenCounter, defaultTokenCounter } from "./token-counter.ts";

describe("defaultTokenCounter", () => {
  it("counts as OpenAI does, and takes special tokens for text", async () => {
    const counter = await defaultTokenCounter();
    expect(counter.count("hello world", "gpt-4o")).toBe(2);
    expect(counter.count("<|endoftext|>", "gpt-4o")).toBeGreaterThan(1);
    expect(counter.isExact("gpt-4.1-mini")).toBe(true);
    expect(counter.isExact("claude-sonnet-4-5")).toBe(false);
  });

  it("comes back from long runs of one kind of character", async () => {
    const counter = await defaultTokenCounter();
    for (const run of ["a", " ", "=", "語", "\n"]) expect(counter.count(run.repeat(20_000))).toBeGreaterThan(0);
  });

  it("never throws", async () => {
    const counter = await defaultTokenCounter();
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => counter.count(text) >= 0));
  });
});

describe("countMessageTokens", () => {
  it("agrees with OpenAI's count of a one-word chat", async () => {
    expect(countMessageTokens([new HumanMessage("hi")], await defaultTokenCounter(), { model: "gpt-4o" })).toBe(8);
  });

  it("adds the overhead of chat", () => {
    const messages = [new SystemMessage("12345678"), new HumanMessage({ content: "1234", name: "abcd" })];
    // 3 reply + 2 × 4 + 2 + 1 + (1 name + 1)
    expect(countMessageTokens(messages, approximateTokenCounter)).toBe(16);
    expect(countMessageTokens([], approximateTokenCounter)).toBe(0);
  });

  it("counts images, tool calls once, and tool schemas", () => {
    const image = new HumanMessage({ content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] });
    expect(countMessageTokens([image], approximateTokenCounter, { tokensPerImage: 85 })).toBe(3 + 4 + 85);
    const call = new AIMessage({
      content: [{ type: "tool_use", id: "1", name: "find", input: {} }],
      tool_calls: [{ name: "find", args: { a: 1 }, id: "1" }],
    });
    expect(countMessageTokens([call], approximateTokenCounter)).toBe(3 + 4 + 1 + 2);
    expect(countMessageTokens([], approximateTokenCounter, { tools: [{ name: "abc" }] })).toBe(4);
  });
});
