import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { collectRuns, fakeClock } from "@langthrift/test-helpers";
import { MemorySaver } from "@langchain/langgraph";
import { createAgent, createMiddleware, modelRetryMiddleware } from "langchain";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { byWord, clientOf, twoModels } from "../__fixtures__/two-models.ts";
import { memoryRouterStore } from "../memory-router-store.ts";
import { modelRouterMiddleware, type ModelRouterMiddlewareOptions } from "../middleware.ts";
import { createModelRouter } from "../model-router.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

const weather = tool(async () => "sunny", { name: "weather", description: "Weather.", schema: z.object({ city: z.string() }) });

describe("modelRouterMiddleware", () => {
  it("routes every step of an agent, keeps a task on one model, and shows one run a call", async () => {
    let turn = 0;
    const flip = {
      name: "flip",
      decide: () => ({ kind: "pick" as const, model: (turn += 1) % 2 === 1 ? "strong" : "cheap", reason: "flip" }),
    };
    server.script([
      { toolCalls: [{ name: "weather", args: { city: "Rome" } }] },
      { toolCalls: [{ name: "weather", args: { city: "Oslo" } }] },
      "done",
    ]);
    const runs = collectRuns();
    const agent = createAgent({
      model: clientOf(server, "not-used"),
      tools: [weather],
      middleware: [modelRouterMiddleware({ candidates: twoModels(server), policy: flip, logger: false })],
    });
    const { messages } = await agent.invoke({ messages: [new HumanMessage("x")] }, { callbacks: [runs.handler] });
    expect(server.journal.map(({ request }) => request.model)).toEqual(["gpt-4o", "gpt-4o", "gpt-4o"]);
    expect(routingMark(messages.at(-1)!)).toMatchObject({ model: "strong", sticky: true });
    expect(runs.ofKind("llm")).toHaveLength(3);
  });

  it("resolves a model's name before the agent sees it, and gives structured responses with it", async () => {
    process.env["OPENAI_API_KEY"] = "sk-test";
    process.env["OPENAI_BASE_URL"] = server.url;
    try {
      server.reply({ answer: { json: { city: "Rome" } } });
      server.reply({ kind: "responses", answer: { json: { city: "Rome" } } });
      const agent = createAgent({
        model: clientOf(server, "not-used"),
        tools: [],
        responseFormat: z.object({ city: z.string() }),
        middleware: [
          modelRouterMiddleware({
            candidates: [
              { name: "cheap", model: "openai:gpt-4o-mini", capabilities: { structuredOutput: true } },
              { name: "strong", model: clientOf(server, "gpt-4o") },
            ],
            policy: byWord,
            logger: false,
          }),
        ],
      });
      const state = await agent.invoke({ messages: [new HumanMessage("easy")] });
      expect(state.structuredResponse).toEqual({ city: "Rome" });
      expect(server.journal[0]?.request.model).toBe("gpt-4o-mini");
      server.reset();
      server.reply({ model: "gpt-4o-mini", kind: "chat", answer: { status: 500 } });
      server.reply({ model: "gpt-4o-mini", kind: "responses", answer: { status: 500 } });
      server.reply({ answer: { json: { city: "Oslo" } } });
      const fallen = await agent.invoke({ messages: [new HumanMessage("easy")] });
      expect(fallen.structuredResponse).toEqual({ city: "Oslo" });
      // A named model retries once before the next candidate is asked.
      expect(server.journal.filter(({ request }) => request.model === "gpt-4o-mini")).toHaveLength(2);
    } finally {
      delete process.env["OPENAI_API_KEY"];
      delete process.env["OPENAI_BASE_URL"];
    }
  });

  it("keeps a task on its model over a restart amid its tools, by the mark in the agent's state", async () => {
    const checkpointer = new MemorySaver();
    const config = { configurable: { thread_id: "t" } };
    let down = true;
    const dying = createMiddleware({
      name: "Dying",
      wrapToolCall: async (request, handler) => {
        if (down) throw new Error("the process died");
        return handler(request);
      },
    });
    const agentThatPicks = (model: string) =>
      createAgent({
        model: clientOf(server, "not-used"),
        tools: [weather],
        checkpointer,
        middleware: [
          modelRouterMiddleware({
            candidates: twoModels(server),
            policy: { name: "fixed", decide: () => ({ kind: "pick", model, reason: "fixed" }) },
            logger: false,
          }),
          dying,
        ],
      });
    server.script([{ toolCalls: [{ name: "weather", args: { city: "Rome" } }] }, "done"]);
    await expect(agentThatPicks("strong").invoke({ messages: [new HumanMessage("x")] }, config)).rejects.toThrow("the process died");
    down = false;
    const { messages } = await agentThatPicks("cheap").invoke(null as never, config);
    expect(routingMark(messages.at(-1)!)).toMatchObject({ model: "strong", sticky: true, reason: "tool-loop" });
  });

  describe("with a session", () => {
    const clock = fakeClock();
    const checkpointer = new MemorySaver();
    /** A new agent each time, as after a restart: nothing but the checkpoint stays. */
    const served = async (task: string, thread: string, options: Partial<ModelRouterMiddlewareOptions> = {}) => {
      const agent = createAgent({
        model: clientOf(server, "not-used"),
        tools: [weather],
        checkpointer,
        middleware: [
          modelRouterMiddleware({
            candidates: twoModels(server),
            policy: byWord,
            sticky: { scope: "session", upgradeOnly: true, ttlMs: 1000 },
            clock,
            logger: false,
            ...options,
          }),
        ],
      });
      const state = await agent.invoke({ messages: [new HumanMessage(task)] }, { configurable: { thread_id: thread } });
      expect(Object.keys(state)).not.toContain("_modelRouter");
      return routingMark(state.messages.at(-1)!)!;
    };

    it("keeps the model in the agent's state, over restarts, until its ttl, and threads apart", async () => {
      expect(await served("hard", "a")).toMatchObject({ model: "strong" });
      expect(await served("easy", "a")).toMatchObject({ model: "strong", sticky: true, reason: "session" });
      expect(await served("easy", "b")).toMatchObject({ model: "cheap" });
      clock.advance(900);
      expect(await served("easy", "a")).toMatchObject({ model: "strong" });
      clock.advance(1001);
      expect(await served("easy", "a")).toMatchObject({ model: "cheap" });
    });

    it("hands its pin to no router among the candidates, which keeps its own", async () => {
      const store = memoryRouterStore({ clock });
      const inner = createModelRouter({
        candidates: twoModels(server),
        policy: byWord,
        sticky: { scope: "session", upgradeOnly: true },
        store,
        clock,
        logger: false,
      });
      const candidates = [{ name: "house", model: inner }];
      const policy = { name: "fixed", decide: () => ({ kind: "pick" as const, model: "house", reason: "fixed" }) };
      for (const task of ["hard", "easy"]) expect(await served(task, "e", { candidates, policy })).toMatchObject({ model: "house" });
      expect(server.journal.map(({ request }) => request.model)).toEqual(["gpt-4o", "gpt-4o"]);
    });

    it("keeps no fallback", async () => {
      server.reply({ model: "gpt-4o-mini", times: 1, answer: { status: 500 } });
      expect(await served("easy", "c")).toMatchObject({ model: "strong", fallbackFrom: ["cheap"] });
      expect(await served("easy", "c")).toMatchObject({ model: "cheap" });
    });

    it("leaves it to the store where one is given", async () => {
      const store = memoryRouterStore({ clock });
      expect(await served("hard", "d", { store })).toMatchObject({ model: "strong" });
      expect(await served("easy", "d", { store })).toMatchObject({ model: "strong", reason: "session" });
      expect(await served("easy", "d", { store: memoryRouterStore({ clock }) })).toMatchObject({ model: "cheap" });
    });
  });

  it("takes a router that was made before, and so its feedback", async () => {
    const rewarded: number[] = [];
    const policy = { ...byWord, recordFeedback: (_id: string, reward: number) => void rewarded.push(reward) };
    const router = createModelRouter({ candidates: twoModels(server), policy, logger: false });
    const agent = createAgent({ model: clientOf(server, "not-used"), tools: [], middleware: [modelRouterMiddleware(router)] });
    const { messages } = await agent.invoke({ messages: [new HumanMessage("easy")] });
    await router.recordFeedback(routingMark(messages.at(-1)!)!.id, 1);
    expect(rewarded).toEqual([1]);
  });

  it("shows the agent what all candidates can do: mixed ones give structure through a tool", async () => {
    const [cheap, strong] = twoModels(server);
    server.reply({ answer: ({ tools }) => ({ toolCalls: [{ name: tools[0]!.name, args: { city: "Rome" } }] }) });
    const agent = createAgent({
      model: clientOf(server, "gpt-4o"),
      tools: [],
      responseFormat: z.object({ city: z.string() }),
      middleware: [
        modelRouterMiddleware({
          candidates: [{ ...cheap!, capabilities: { structuredOutput: false } }, strong!],
          policy: byWord,
          logger: false,
        }),
      ],
    });
    const state = await agent.invoke({ messages: [new HumanMessage("hard")] });
    expect(state.structuredResponse).toEqual({ city: "Rome" });
    expect(server.journal[0]!.request.tools).toHaveLength(1);
  });

  it("may be run several times by an outer retry", async () => {
    server.reply({ times: 2, answer: { status: 500 } });
    const agent = createAgent({
      model: clientOf(server, "not-used"),
      tools: [],
      middleware: [
        modelRetryMiddleware({ maxRetries: 1, initialDelayMs: 1 }),
        modelRouterMiddleware({ candidates: twoModels(server), policy: byWord, logger: false }),
      ],
    });
    const { messages } = await agent.invoke({ messages: [new HumanMessage("easy")] });
    expect(routingMark(messages.at(-1)!)?.model).toBe("cheap");
    expect(server.journal).toHaveLength(3);
  });
});
