import { type AIMessageChunk, HumanMessage, isBaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { MemorySaver } from "@langchain/langgraph";
import { routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { collectRuns } from "@langthrift/test-helpers";
import { createAgent, createMiddleware, toolStrategy } from "langchain";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { clientOf, twoModels } from "../__fixtures__/two-models.ts";
import { createCascade } from "../cascade/cascade-model.ts";
import type { QualityScorer } from "../cascade/quality-scorer.ts";
import { cascadeMiddleware, type CascadeMiddlewareOptions } from "../middleware.ts";

const server = await startModelServer();
afterAll(() => server.close());
const ran: string[] = [];
beforeEach(() => {
  server.reset();
  ran.length = 0;
});

const good: QualityScorer = { name: "good", score: () => ({ score: 1 }) };
const bad: QualityScorer = { name: "bad", score: () => ({ score: 0 }) };
const weather = tool(
  async ({ city }) => {
    ran.push(city);
    return "sunny";
  },
  { name: "weather", description: "Weather.", schema: z.object({ city: z.string() }) },
);

function middleware(accept: QualityScorer, options: Partial<CascadeMiddlewareOptions> = {}) {
  const [cheap, strong] = twoModels(server);
  return cascadeMiddleware({ steps: [{ candidate: cheap!, accept, threshold: 0.5 }], final: strong!, logger: false, ...options });
}
const agentWith = (own: ReturnType<typeof cascadeMiddleware>, options: object = {}) =>
  createAgent({ model: clientOf(server, "not-used"), tools: [weather], middleware: [own], ...options });
const asked = () => server.journal.map(({ request }) => request.model);

describe("cascadeMiddleware", () => {
  it.each([
    [good, "the draft", ["gpt-4o-mini"], "cheap"],
    [bad, "the answer", ["gpt-4o-mini", "gpt-4o"], "strong"],
  ] as const)("answers with $0.name drafts", async (accept, text, models, served) => {
    server.reply({ model: "gpt-4o-mini", answer: { text: "the draft" } });
    server.reply({ model: "gpt-4o", answer: { text: "the answer" } });
    const runs = collectRuns();
    const { messages } = await agentWith(middleware(accept)).invoke({ messages: [new HumanMessage("x")] }, { callbacks: [runs.handler] });
    expect(messages.map((message) => message.text)).toEqual(["x", text]);
    expect(routingMark(messages.at(-1)!)?.model).toBe(served);
    expect(asked()).toEqual(models);
    // The ledger sees every provider call, once.
    expect(runs.ofKind("llm").map(({ params }) => params["model"])).toEqual(models);
    expect(runs.events.filter(({ name }) => name === "langthrift:savings")).toHaveLength(1);
  });

  it.each([
    [good, "the draft of the cheap one"],
    [bad, "the answer of the strong one"],
  ] as const)("shows a stream of messages the answer alone, once, with $0.name drafts", async (accept, expected) => {
    server.reply({ model: "gpt-4o-mini", answer: { text: "the draft of the cheap one" } });
    server.reply({ model: "gpt-4o", answer: { text: "the answer of the strong one" } });
    let text = "";
    for await (const [chunk] of await agentWith(middleware(accept)).stream(
      { messages: [new HumanMessage("x")] },
      { streamMode: "messages" },
    )) {
      if (isBaseMessage(chunk) && chunk.type === "ai") text += (chunk as AIMessageChunk).text;
    }
    expect(text).toBe(expected);
  });

  it("tags the draft in streamEvents, so that a listener can leave it out", async () => {
    server.reply({ model: "gpt-4o-mini", answer: { text: "the draft" } });
    server.reply({ model: "gpt-4o", answer: { text: "the answer" } });
    let text = "";
    const events = agentWith(middleware(bad)).streamEvents({ messages: [new HumanMessage("x")] }, { version: "v2" });
    for await (const { event, tags = [], data } of events) {
      if (event === "on_chat_model_stream" && !tags.includes("langsmith:nostream")) text += (data as { chunk: AIMessageChunk }).chunk.text;
    }
    expect(text).toBe("the answer");
  });

  it("runs no tool of a rejected draft, and those of an accepted one once", async () => {
    server.script([
      { toolCalls: [{ name: "weather", args: { town: "rejected" } }] },
      { toolCalls: [{ name: "weather", args: { city: "Rome" } }] },
      "sunny in Rome",
    ]);
    const { messages } = await agentWith(middleware(good)).invoke({ messages: [new HumanMessage("x")] });
    expect(ran).toEqual(["Rome"]);
    expect(messages.at(-1)?.text).toBe("sunny in Rome");
    // Escalated at the first step, the task stays with the final model: no second draft.
    expect(asked()).toEqual(["gpt-4o-mini", "gpt-4o", "gpt-4o"]);
  });

  it("keeps an escalated task escalated over a restart amid its tools", async () => {
    const checkpointer = new MemorySaver();
    const config = { configurable: { thread_id: "t" } };
    let failing = true;
    server.script([{ toolCalls: [{ name: "nothing", args: {} }] }, { toolCalls: [{ name: "weather", args: { city: "Rome" } }] }, "sunny"]);
    // A tool's error would become a message for the model; this one ends the run.
    const rethrow = createMiddleware({
      name: "Rethrow",
      wrapToolCall: async (request, handler) => {
        if (failing) throw new Error("the process died");
        return handler(request);
      },
    });
    const agent = () =>
      createAgent({
        model: clientOf(server, "not-used"),
        tools: [weather],
        checkpointer,
        middleware: [middleware(good), rethrow],
      });
    await expect(agent().invoke({ messages: [new HumanMessage("x")] }, config)).rejects.toThrow("the process died");
    failing = false;
    const { messages } = await agent().invoke(null as never, config);
    expect(routingMark(messages.at(-1)!)).toMatchObject({ model: "strong", reason: "tool-loop" });
    expect(asked()).toEqual(["gpt-4o-mini", "gpt-4o", "gpt-4o"]);
  });

  it("gives a structured response from an accepted draft and from the final model", async () => {
    for (const accept of [good, bad]) {
      server.reset();
      server.reply({ answer: ({ tools }) => ({ toolCalls: [{ name: tools.at(-1)!.name, args: { city: "Rome" } }] }) });
      const schema = z.object({ city: z.string() });
      const agent = agentWith(middleware(accept), { tools: [], responseFormat: toolStrategy(schema) });
      const state = (await agent.invoke({ messages: [new HumanMessage("x")] })) as unknown as { structuredResponse: unknown };
      expect(state.structuredResponse).toEqual({ city: "Rome" });
    }
  });

  it("takes names for models, and a cascade that was made before", async () => {
    process.env["OPENAI_API_KEY"] = "sk-test";
    process.env["OPENAI_BASE_URL"] = server.url;
    try {
      server.reply({ answer: { text: "the draft" } });
      const named = middleware(good, {
        steps: [{ candidate: { name: "cheap", model: "openai:gpt-4o-mini" }, accept: good, threshold: 0.5 }],
        final: { name: "strong", model: "openai:gpt-4o" },
      });
      const { messages } = await agentWith(named).invoke({ messages: [new HumanMessage("x")] });
      expect(routingMark(messages.at(-1)!)?.model).toBe("cheap");
    } finally {
      delete process.env["OPENAI_API_KEY"];
      delete process.env["OPENAI_BASE_URL"];
    }
    const [cheap, strong] = twoModels(server);
    const made = createCascade({ steps: [{ candidate: cheap!, accept: good, threshold: 0.5 }], final: strong!, logger: false });
    const { messages } = await agentWith(cascadeMiddleware(made)).invoke({ messages: [new HumanMessage("x")] });
    expect(routingMark(messages.at(-1)!)?.model).toBe("cheap");
  });

  it("refuses options that cannot work, at construction", () => {
    expect(() => middleware(good, { steps: [] })).toThrow("steps");
    expect(() => middleware([] as never)).toThrow("accept");
  });
});
