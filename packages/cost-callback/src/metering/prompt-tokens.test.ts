import { HumanMessage } from "@langchain/core/messages";
import { approximateTokenCounter, countMessageTokens, defaultTokenCounter } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { promptTokens, textTokens } from "./prompt-tokens.ts";

const text = "A prompt of ordinary length, in English, as they are sent every day. ".repeat(20);
const messages = [new HumanMessage(text)];

describe("promptTokens", () => {
  it("is exact for OpenAI's models", async () => {
    const counter = await defaultTokenCounter();
    const exact = countMessageTokens(messages, counter, { model: "gpt-4.1" });
    expect(await promptTokens(messages, "gpt-4.1", undefined, counter)).toBe(exact);
    expect(await textTokens([text], "gpt-4.1", counter)).toBe(counter.count(text, "gpt-4.1"));
  });

  it("leaves room where a model's own tokenizer is not at hand: a reservation must not be too small", async () => {
    const counter = await defaultTokenCounter();
    const openai = countMessageTokens(messages, counter, { model: "gpt-4.1" });
    expect(await promptTokens(messages, "claude-sonnet-4-5", undefined, counter)).toBeGreaterThanOrEqual(openai * 1.3);
    expect(await textTokens(["日本語の文章です。"], "some-model", approximateTokenCounter)).toBeGreaterThanOrEqual(9);
  });

  it("counts long prompts roughly, and never too low for ordinary text", async () => {
    const long = [new HumanMessage(text.repeat(20))];
    const counter = await defaultTokenCounter();
    expect(await promptTokens(long, "gpt-4.1", undefined, counter)).toBeGreaterThan(
      countMessageTokens(long, counter, { model: "gpt-4.1" }),
    );
  });

  it("counts tools", async () => {
    const tools = [{ type: "function", function: { name: "search", description: "Searches", parameters: {} } }];
    const without = await promptTokens(messages, "gpt-4.1", undefined, undefined);
    expect(await promptTokens(messages, "gpt-4.1", tools, undefined)).toBeGreaterThan(without);
  });
});
