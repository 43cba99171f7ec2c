import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { fakeModel } from "@langchain/core/testing";
import { MemorySaver } from "@langchain/langgraph";
import { createAgent, createMiddleware } from "langchain";
import { describe, expect, it } from "vitest";
import { scriptedSummarizer } from "../__fixtures__/histories.ts";
import { memorySummaryStore } from "../stores/memory-summary-store.ts";
import type { Summarizer } from "../summarizers/summarizer.ts";
import { historySummarizerMiddleware, type HistorySummarizerMiddlewareOptions } from "./history-summarizer-middleware.ts";

const config = { configurable: { thread_id: "t" } };

function setUp(options: HistorySummarizerMiddlewareOptions = {}) {
  const model = fakeModel();
  const checkpointer = new MemorySaver();
  const summarizer = scriptedSummarizer();
  const agent = createAgent({
    model,
    tools: [],
    systemPrompt: "Be kind.",
    checkpointer,
    middleware: [
      historySummarizerMiddleware({
        model: summarizer,
        logger: false,
        fallback: false,
        trigger: { tokens: 300 },
        keep: { messages: 4 },
        maxSummaryTokens: 30,
        ...options,
      }),
    ],
  });
  async function say(turn: number) {
    model.respond(new AIMessage(`answer ${turn} ${"word ".repeat(40)}`));
    return agent.invoke({ messages: [new HumanMessage(`question ${turn} ${"word ".repeat(40)}`)] }, config);
  }
  const sent = () => model.calls.at(-1)?.messages as BaseMessage[];
  return { model, agent, summarizer, say, sent };
}

describe("historySummarizerMiddleware", () => {
  it("sends a short view while the state keeps every message and the caller sees no private key", async () => {
    const { agent, summarizer, say, sent } = setUp();
    let result: Record<string, unknown> = {};
    for (let turn = 0; turn < 15; turn += 1) result = (await say(turn)) as unknown as Record<string, unknown>;
    expect(summarizer.requests.length).toBeGreaterThan(1);
    expect(sent().length).toBeLessThan(15);
    expect(sent()[0]?.text).toBe("Be kind.");
    expect(String(sent()[1]?.content)).toContain("<conversation_summary>");
    expect(result["messages"]).toHaveLength(30);
    expect(result).not.toHaveProperty("_historySummary");
    const state = await agent.graph.getState(config);
    expect((state.values as Record<string, { summary?: unknown }>)["_historySummary"]?.summary).toBeDefined();
  });

  it("goes on while the summariser fails, and covers those turns afterwards", async () => {
    let down = true;
    const flaky: Summarizer = { ...scriptedSummarizer((attempt) => (down ? Promise.reject(new Error("429")) : `summary ${attempt}`)) };
    const { say, sent } = setUp({ model: flaky, retries: 0 });
    for (let turn = 0; turn < 9; turn += 1) await say(turn);
    expect(sent()).toHaveLength(18);
    down = false;
    for (let turn = 9; turn < 18; turn += 1) await say(turn);
    expect(String(sent()[1]?.content)).toContain("<conversation_summary>");
    expect(sent().length).toBeLessThan(15);
  });

  it("offers recall from the first call, and answers from the originals", async () => {
    const { model, agent, say, sent } = setUp({ recallTool: true });
    for (let turn = 0; turn < 12; turn += 1) await say(turn);
    model.respondWithTools([{ name: "recall_history", args: { query: "question 1 answer" }, id: "r1" }]).respond(new AIMessage("done"));
    const { messages } = await agent.invoke({ messages: [new HumanMessage("What was first?")] }, config);
    expect(sent().some((message) => message.getType() === "tool" && String(message.content).includes("question 1 "))).toBe(true);
    expect(messages.at(-1)?.content).toBe("done");
  });

  it("works in the background with a store", async () => {
    const store = memorySummaryStore();
    const { say, sent } = setUp({ mode: "background", store });
    for (let turn = 0; turn < 12; turn += 1) {
      await say(turn);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(sent().length).toBeLessThan(15);
    expect(await store.load("t")).toBeDefined();
  });

  it("shows the view to middleware listed after it and the originals to those before, and neither can change the state", async () => {
    const model = fakeModel();
    const lengths = { before: 0, after: 0 };
    const probe = (place: keyof typeof lengths) =>
      createMiddleware({
        name: `Probe-${place}`,
        wrapModelCall: (request, handler) => {
          lengths[place] = request.messages.length;
          // As contextEditingMiddleware does: in place.
          if (place === "after") request.messages.splice(0, 1, new HumanMessage("[cleared]"));
          return handler(request);
        },
      });
    const ours = historySummarizerMiddleware({
      model: scriptedSummarizer(),
      logger: false,
      trigger: { tokens: 300 },
      keep: { messages: 4 },
      maxSummaryTokens: 30,
    });
    const agent = createAgent({ model, tools: [], checkpointer: new MemorySaver(), middleware: [probe("before"), ours, probe("after")] });
    for (let turn = 0; turn < 12; turn += 1) {
      model.respond(new AIMessage(`answer ${turn} ${"word ".repeat(40)}`));
      await agent.invoke({ messages: [new HumanMessage(`question ${turn} ${"word ".repeat(40)}`)] }, config);
    }
    expect(lengths.before).toBe(23);
    expect(lengths.after).toBeLessThan(15);
    const { messages } = (await agent.graph.getState(config)).values as { messages: BaseMessage[] };
    expect(messages).toHaveLength(24);
    expect(messages.some(({ text }) => text.includes("[cleared]"))).toBe(false);
  });

  it("recalls what the user asks for inside the view, and stores nothing of it", async () => {
    const { model, agent, say, sent } = setUp();
    for (let turn = 0; turn < 12; turn += 1) await say(turn);
    model.respond(new AIMessage("The first."));
    await agent.invoke({ messages: [new HumanMessage("What was question 1?")] }, config);
    expect(String(sent().at(-2)?.content)).toMatch(/<recalled_messages>[\s\S]*question 1 /);
    const { messages } = (await agent.graph.getState(config)).values as { messages: BaseMessage[] };
    expect(messages).toHaveLength(26);
    expect(messages.some(({ text }) => text.includes("recalled_messages"))).toBe(false);
  });

  it("lets no two runs without a thread share a summary in the store", async () => {
    const store = memorySummaryStore();
    const loads: string[] = [];
    const model = fakeModel();
    const middleware = historySummarizerMiddleware({
      model: scriptedSummarizer(),
      logger: false,
      store: { ...store, load: (session) => (loads.push(session), store.load(session)) },
    });
    const agent = createAgent({ model, tools: [], middleware: [middleware] });
    for (let run = 0; run < 2; run += 1) {
      model.respond(new AIMessage("ok"));
      await agent.invoke({ messages: [new HumanMessage("hi")] });
    }
    expect(loads).toEqual([]);
  });
});
