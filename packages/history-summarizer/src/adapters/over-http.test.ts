import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { InMemoryChatMessageHistory } from "@langchain/core/chat_history";
import { MemorySaver } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { createPriceBook, type SavingsEvent } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { collectEvents, collectRuns } from "@langthrift/test-helpers";
import { createAgent } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { providerFault } from "../__fixtures__/histories.ts";
import type { HistorySummarizerMiddlewareOptions } from "./history-summarizer-middleware.ts";
import { historySummarizerMiddleware } from "./history-summarizer-middleware.ts";
import { SummarizingChatMessageHistory } from "./summarizing-chat-message-history.ts";

// The real client, a real connection: what is asserted is what the provider got.
let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer({ promptCaching: true });
});
beforeEach(() => server.reset());
afterAll(() => server.close());

const client = (model: string) => new ChatOpenAI({ model, apiKey: "sk-secret", maxRetries: 0, configuration: { baseURL: server.url } });
const turn = (number: number) => `Step ${number}. ${`Box ${number} went to bay ${number + 3}. `.repeat(12)}`;
const requestsTo = (model: string) => server.journal.filter(({ request }) => request.model === model).map(({ request }) => request);
const config = { configurable: { thread_id: "t" } };
const lookUp = tool(() => "found", { name: "look_up", description: "Looks up a box.", schema: z.object({ box: z.number() }) });

const prices = createPriceBook({
  catalog: "none",
  logger: false,
  overrides: ["main-model", "cheap-model"].map((model) => ({
    model,
    inputUsdPerMillion: 1,
    outputUsdPerMillion: 5,
    cacheReadUsdPerMillion: 0.1,
  })),
});

function agentWith(options: HistorySummarizerMiddlewareOptions = {}) {
  return createAgent({
    model: client("main-model"),
    tools: [lookUp],
    systemPrompt: `You track boxes. ${"Answer with care and name the bay. ".repeat(130)}`,
    checkpointer: new MemorySaver(),
    middleware: [
      historySummarizerMiddleware({
        model: client("cheap-model"),
        fallback: false,
        logger: false,
        keep: { messages: 4 },
        maxSummaryTokens: 60,
        payback: false,
        ...options,
      }),
    ],
  });
}

describe("an agent with a summariser, over HTTP", () => {
  beforeEach(() => server.reply({ model: "cheap-model", answer: "Boxes went to their bays." }));

  it("sends every request in a sequence that providers accept, shorter than the history", async () => {
    const agent = agentWith({ recallTool: true });
    for (let number = 0; number < 10; number += 1) {
      if (number % 3 === 0) server.script([{ toolCalls: [{ name: "look_up", args: { box: number }, id: `call_${number}` }] }]);
      await agent.invoke({ messages: [new HumanMessage(turn(number))] }, config);
    }
    expect(server.journal.every(({ outcome }) => outcome === "ok")).toBe(true);
    const { messages } = (await agent.graph.getState(config)).values as { messages: BaseMessage[] };
    expect(providerFault(messages)).toBeUndefined();
    const last = requestsTo("main-model").at(-1);
    expect(last?.messages.some(({ text }) => text.includes("<conversation_summary>"))).toBe(true);
    expect(last?.messages.length).toBeLessThan(messages.length);
    expect(last?.tools.map(({ name }) => name)).toContain("recall_history");
    expect(requestsTo("main-model")[0]?.tools.map(({ name }) => name)).toContain("recall_history");
  });

  it("keeps the summariser's text out of the user's stream and its usage in the callbacks", async () => {
    const agent = agentWith();
    const seen = collectRuns();
    let streamed = "";
    for (let number = 0; number < 6; number += 1) {
      const stream = await agent.stream(
        { messages: [new HumanMessage(turn(number))] },
        { ...config, streamMode: "messages", callbacks: [seen.handler] },
      );
      for await (const [chunk] of stream as AsyncIterable<[BaseMessage]>) streamed += chunk.text;
    }
    expect(requestsTo("cheap-model").length).toBeGreaterThan(0);
    expect(streamed).not.toContain("Boxes went to their bays.");
    const summaries = seen.ofKind("llm").filter(({ tags }) => tags.includes("langthrift:overhead"));
    expect(summaries).toHaveLength(requestsTo("cheap-model").length);
    expect(summaries[0]?.tags).toContain("nostream");
    expect(summaries[0]?.metadata["lc_source"]).toBe("summarization");
    expect(summaries[0]?.usage?.input_tokens).toBeGreaterThan(0);
  });

  it("goes on while the summariser is refused with 429, and no message is lost", async () => {
    server.reset();
    server.reply({ model: "cheap-model", answer: { status: 429 } });
    const seen = collectEvents<SavingsEvent>();
    const agent = agentWith({ retries: 0, onEvent: seen.onEvent });
    for (let number = 0; number < 6; number += 1) await agent.invoke({ messages: [new HumanMessage(turn(number))] }, config);
    expect(requestsTo("cheap-model").length).toBeGreaterThan(0);
    expect(
      requestsTo("main-model")
        .at(-1)
        ?.messages.filter(({ role }) => role === "user"),
    ).toHaveLength(6);
    expect(seen.ofKind("notice")).toHaveLength(1);
    expect(JSON.stringify(seen.events)).not.toContain("sk-secret");
  });
});

describe("reusePrefix, over HTTP", () => {
  const payback = { rule: "forecast", expectedFurtherCalls: 1000, reusePrefix: true } as const;
  const summariesOf = () => requestsTo("main-model").filter(({ text }) => text.startsWith("Do not go on with the conversation"));

  it("writes the summary on the main model's cached prefix: same system prompt, tools and messages", async () => {
    server.reply({ model: "main-model", text: /^Do not go on/, answer: "Boxes went to their bays." });
    const seen = collectEvents<SavingsEvent>();
    const agent = agentWith({ prices, payback, onEvent: seen.onEvent });
    for (let number = 0; number < 8; number += 1) await agent.invoke({ messages: [new HumanMessage(turn(number))] }, config);
    const [summary] = summariesOf();
    expect(requestsTo("cheap-model")).toHaveLength(0);
    expect(summary).toBeDefined();
    const before = requestsTo("main-model").findLast(({ index }) => index < (summary?.index ?? 0));
    const prefix = summary?.messages.slice(0, -1) ?? [];
    expect(prefix.length).toBeGreaterThan(2);
    expect(before?.messages.slice(0, prefix.length)).toEqual(prefix);
    expect(summary?.body["tools"]).toEqual(before?.body["tools"]);
    const overhead = seen.ofKind("overhead")[0];
    // The provider found it in its cache.
    expect(overhead?.usage?.cacheReadTokens).toBeGreaterThan(1000);
    expect(overhead).toMatchObject({ reason: "summary", model: "main-model", alreadyInLedger: true });
    expect(
      requestsTo("main-model")
        .at(-1)
        ?.messages.some(({ text }) => text.includes("Boxes went to their bays.")),
    ).toBe(true);
  });

  it("leaves the summary to the other model when that is cheaper, and when the main model does not answer with a text", async () => {
    server.reply({ model: "cheap-model", answer: "Boxes went to their bays." });
    server.reply({ model: "main-model", text: /^Do not go on/, answer: { toolCalls: [{ name: "look_up", args: { box: 1 } }] } });
    const refused = agentWith({ prices, payback });
    for (let number = 0; number < 8; number += 1) await refused.invoke({ messages: [new HumanMessage(turn(number))] }, config);
    expect(summariesOf().length).toBeGreaterThan(0);
    expect(requestsTo("cheap-model")).toHaveLength(summariesOf().length);

    server.reset();
    server.reply({ model: "cheap-model", answer: "Boxes went to their bays." });
    const overrides = [
      { model: "main-model", inputUsdPerMillion: 1, outputUsdPerMillion: 5, cacheReadUsdPerMillion: 0.1 },
      { model: "cheap-model", inputUsdPerMillion: 0.01, outputUsdPerMillion: 0.05 },
    ];
    const cheaper = agentWith({ prices: createPriceBook({ catalog: "none", logger: false, overrides }), payback });
    for (let number = 0; number < 8; number += 1) await cheaper.invoke({ messages: [new HumanMessage(turn(number))] }, config);
    expect(summariesOf()).toHaveLength(0);
    expect(requestsTo("cheap-model").length).toBeGreaterThan(0);
  });

  it("never asks with another thread's system prompt", async () => {
    server.reply({ model: "main-model", text: /^Do not go on/, answer: "Boxes went to their bays." });
    const agent = agentWith({ prices, payback });
    for (let number = 0; number < 6; number += 1) {
      for (const thread of ["a", "b"]) {
        await agent.invoke({ messages: [new HumanMessage(`${thread}: ${turn(number)}`)] }, { configurable: { thread_id: thread } });
      }
    }
    expect(summariesOf().length).toBeGreaterThan(1);
    for (const { messages } of summariesOf()) {
      const users = messages.filter(({ role, text }) => role === "user" && /^[ab]: /.test(text)).map(({ text }) => text[0]);
      expect(new Set(users).size).toBe(1);
    }
  });
});

describe("a structured summary, over HTTP", () => {
  const Memory = z.object({ boxes: z.array(z.string()), open: z.string() });

  it("asks for an object of the schema and keeps it as JSON, which the view shows", async () => {
    const memory = { boxes: ["box 3 in bay 6"], open: "box 9" };
    server.reply({ model: "cheap-model", answer: { json: memory } });
    const history = new SummarizingChatMessageHistory({
      inner: new InMemoryChatMessageHistory(),
      sessionId: "s",
      model: client("cheap-model"),
      structured: Memory,
      payback: false,
      keep: { messages: 4 },
      logger: false,
    });
    for (let number = 0; number < 20; number += 1) await history.addMessages([new HumanMessage(turn(number)), new AIMessage(turn(number))]);
    const [first] = await history.getMessages();
    expect(String(first?.content)).toContain(JSON.stringify(memory));
    const [request] = requestsTo("cheap-model");
    expect(JSON.stringify(request?.body)).toContain("boxes");
    expect(request?.messages.some(({ text }) => text.includes("Box 3 went to bay 6."))).toBe(true);
  });

  it("changes nothing when the object does not fit the schema", async () => {
    server.reply({ model: "cheap-model", answer: { json: { boxes: "none" } } });
    const history = new SummarizingChatMessageHistory({
      inner: new InMemoryChatMessageHistory(),
      sessionId: "s",
      model: client("cheap-model"),
      structured: Memory,
      payback: false,
      keep: { messages: 4 },
      fallback: false,
      logger: false,
    });
    for (let number = 0; number < 20; number += 1) await history.addMessages([new HumanMessage(turn(number)), new AIMessage(turn(number))]);
    expect(await history.getMessages()).toHaveLength(40);
  });
});
