import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { fakeModel } from "@langchain/core/testing";
import { countTokensApproximately, summarizationMiddleware } from "langchain";
import { describe, expect, it } from "vitest";
import { ai, calls, chat, human, providerFault, result, scriptedSummarizer, system } from "./__fixtures__/histories.ts";
import { createMessageCounter } from "./engine/message-tokens.ts";
import { createHistorySummarizer } from "./history-summarizer.ts";
import type { HistorySummarizerOptions } from "./history-summarizer-options.ts";
import { summaryPrompt } from "./summarizers/summary-prompt.ts";
import { approximateTokenCounter } from "@langthrift/core";

// What LangChain's own summarizationMiddleware does to a history, shown on it, and that this package does not. Where a new version of it has
// mended one of these, drop the first half of the test.

type Hook = (state: unknown, runtime: unknown) => Promise<{ messages?: BaseMessage[] } | undefined>;
type Size = { messages?: number; tokens?: number };

/** The messages that LangChain's middleware leaves in the state. */
async function peer(messages: BaseMessage[], answer: AIMessage | Error, keep: Size = { messages: 4 }, trigger: Size = { tokens: 300 }) {
  const model = fakeModel();
  model.respond(answer);
  const { beforeModel } = summarizationMiddleware({ model: model as never, trigger: trigger as never, keep: keep as never });
  const hook = (typeof beforeModel === "function" ? beforeModel : beforeModel?.hook) as unknown as Hook;
  const update = await hook({ messages: [...messages] }, { context: {} });
  const left = update?.messages?.filter((message) => message.getType() !== "remove") ?? messages;
  return { left, summarised: update !== undefined, asked: model.calls.at(-1)?.messages ?? [] };
}

/** What this package sends. */
async function ours(messages: BaseMessage[], reply: () => string | Promise<string>, options: HistorySummarizerOptions = {}) {
  const model = scriptedSummarizer(reply);
  const summarizer = createHistorySummarizer({
    model,
    trigger: { tokens: 300 },
    keep: { messages: 4 },
    maxSummaryTokens: 60,
    payback: false,
    recall: false,
    retries: 0,
    fallback: false,
    logger: false,
    ...options,
  });
  return { ...(await summarizer.prepare({ session: "s", messages })), model };
}

const texts = (messages: readonly BaseMessage[]) => messages.map((message) => message.text);

describe("against LangChain's summarizationMiddleware", () => {
  it("a failed call: there its error text takes the history's place, here nothing changes", async () => {
    const messages = chat(15);
    const { left } = await peer(messages, new Error("429 Too Many Requests"));
    expect(left.length).toBeLessThan(7);
    expect(left[0]?.text).toContain("Error generating summary");
    const kept = await ours(messages, () => Promise.reject(new Error("429 Too Many Requests")));
    expect(kept.messages).toEqual(messages);
  });

  it("an empty summary: there it is accepted, here refused", async () => {
    const messages = chat(15);
    expect((await peer(messages, new AIMessage(""))).left.length).toBeLessThan(7);
    expect((await ours(messages, () => "")).messages).toEqual(messages);
  });

  it("a summary longer than what it stands for: there it is accepted, here refused", async () => {
    const messages = chat(15);
    const bloated = "more and more ".repeat(2000);
    expect((await peer(messages, new AIMessage(bloated))).left[0]?.text.length).toBeGreaterThan(20_000);
    expect((await ours(messages, () => bloated)).messages).toEqual(messages);
  });

  it("a chat with $& and $': there the prompt is corrupted, here it is word for word", async () => {
    const text = "The pattern is $& and $' here.";
    const messages = [human(text), ...chat(15)];
    const { asked } = await peer(messages, new AIMessage("fine"));
    expect(texts(asked).join("\n")).not.toContain(text);
    const prompt = summaryPrompt({ messages, maxTokens: 100, pins: [] });
    expect(texts(prompt).join("\n")).toContain(text);
  });

  it("a system message in the state: there it is gone, here it stays first", async () => {
    const messages = [system("Never give a discount."), ...chat(15)];
    const { left } = await peer(messages, new AIMessage("fine"));
    expect(left.some((message) => message.getType() === "system")).toBe(false);
    const kept = await ours(messages, () => "fine");
    expect(kept.summary).toBeDefined();
    expect(kept.messages[0]).toBe(messages[0]);
  });

  it("keep above trigger: there every turn is summarised, here hardly any", async () => {
    let state: BaseMessage[] = [];
    let written = 0;
    const all = chat(25);
    const model = scriptedSummarizer(() => "short");
    const summarizer = createHistorySummarizer({
      model,
      trigger: { tokens: 600 },
      keep: { messages: 12 },
      maxSummaryTokens: 60,
      payback: false,
      logger: false,
    });
    for (let end = 1; end <= all.length; end += 2) {
      state = [...state, ...all.slice(Math.max(0, end - 2), end)];
      const { left, summarised } = await peer(state, new AIMessage("short"), { messages: 12 }, { tokens: 600 });
      state = left;
      written += Number(summarised);
      await summarizer.prepare({ session: "s", messages: all.slice(0, end) });
    }
    expect(written).toBeGreaterThan(15);
    expect(model.requests.length).toBeLessThan(written / 2);
  });

  it("a tool result far from its call: there it can become an orphan, here the group stays whole", async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `c${index}`);
    const group = [calls(...ids), ...ids.map((id) => result(id, "x".repeat(200)))];
    const messages = [...chat(8), human("All of them, please."), ...group];
    const { left } = await peer(messages, new AIMessage("fine"), { messages: 3 });
    const kept = await ours(messages, () => "fine", { keep: { messages: 3 } });
    expect(kept.summary).toBeDefined();
    expect(providerFault(kept.messages)).toBeUndefined();
    expect(kept.messages.slice(-9)).toEqual(group);
    // Whatever the peer does here, the user's instruction is gone from what it leaves.
    expect(texts(left)).not.toContain("All of them, please.");
    expect(texts(kept.messages)).toContain("All of them, please.");
  });

  it("a long system prompt: there it is not counted, here it triggers", async () => {
    const messages = chat(15, 10);
    expect((await peer(messages, new AIMessage("fine"), { messages: 4 }, { tokens: 2000 })).summarised).toBe(false);
    const model = scriptedSummarizer(() => "fine");
    const summarizer = createHistorySummarizer({
      model,
      trigger: { tokens: 2000 },
      keep: { messages: 4 },
      maxSummaryTokens: 60,
      payback: false,
      logger: false,
    });
    const { summary } = await summarizer.prepare({ session: "s", messages, overheadTokens: 7500 });
    expect(summary).toBeDefined();
  });

  it("an image: there it counts as nothing, here as tokens", () => {
    const image = new HumanMessage({ content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] });
    const empty = new HumanMessage("");
    expect(countTokensApproximately([image]) - countTokensApproximately([empty])).toBe(0);
    const count = createMessageCounter(approximateTokenCounter);
    expect(count(image)).toBeGreaterThan(count(ai("")));
  });
});
