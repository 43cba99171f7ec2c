import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { collectRuns } from "@langthrift/test-helpers";
import { createAgent, modelRetryMiddleware } from "langchain";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { byWord, clientOf, twoModels } from "../__fixtures__/two-models.ts";
import { modelRouterMiddleware } from "../middleware.ts";

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
    } finally {
      delete process.env["OPENAI_API_KEY"];
      delete process.env["OPENAI_BASE_URL"];
    }
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
