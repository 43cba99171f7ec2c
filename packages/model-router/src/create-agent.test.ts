import { type AIMessage, type AIMessageChunk, HumanMessage, isBaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { MemorySaver } from "@langchain/langgraph";
import { routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { collectRuns } from "@langthrift/test-helpers";
import { createAgent, providerStrategy, summarizationMiddleware, toolStrategy } from "langchain";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { byWord, clientOf, twoModels } from "./__fixtures__/two-models.ts";
import { createModelRouter, type ModelRouter } from "./model-router.ts";
import type { ModelRouterOptions } from "./model-router-options.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

const weather = tool(async ({ city }) => `sunny in ${city}`, {
  name: "weather",
  description: "Weather in a city.",
  schema: z.object({ city: z.string() }),
});

function router(options: Partial<ModelRouterOptions> = {}): ModelRouter {
  return createModelRouter({ candidates: twoModels(server), policy: byWord, logger: false, ...options });
}

function script(): void {
  server.script([{ toolCalls: [{ name: "weather", args: { city: "Rome" } }] }, "It is sunny in Rome."]);
}

describe("in createAgent", () => {
  it("runs a tool loop on one model, one model run for each call", async () => {
    script();
    const runs = collectRuns();
    const agent = createAgent({ model: router(), tools: [weather] });
    const { messages } = await agent.invoke({ messages: [new HumanMessage("easy: weather in Rome?")] }, { callbacks: [runs.handler] });
    expect(messages.at(-1)?.text).toBe("It is sunny in Rome.");
    const marks = messages.filter(({ type }) => type === "ai").map(routingMark);
    expect(marks.map((mark) => mark?.model)).toEqual(["cheap", "cheap"]);
    expect(marks[1]).toMatchObject({ sticky: true, reason: "tool-loop" });
    expect(runs.ofKind("llm")).toHaveLength(2);
    expect(runs.events.filter(({ name }) => name === "langthrift:savings")).toHaveLength(2);
  });

  it("streams in messages mode, each text once", async () => {
    script();
    const agent = createAgent({ model: router(), tools: [weather] });
    let text = "";
    for await (const [chunk] of await agent.stream({ messages: [new HumanMessage("easy")] }, { streamMode: "messages" })) {
      if (isBaseMessage(chunk) && chunk.type === "ai") text += (chunk as AIMessageChunk).text;
    }
    expect(text).toBe("It is sunny in Rome.");
  });

  it("finds its mark again through a checkpointer, at the next step and turn", async () => {
    script();
    const agent = createAgent({ model: router(), tools: [weather], checkpointer: new MemorySaver() });
    const config = { configurable: { thread_id: "t1" } };
    await agent.invoke({ messages: [new HumanMessage("easy")] }, config);
    const state = await agent.invoke({ messages: [new HumanMessage("hard")] }, config);
    expect(state.messages.filter(({ type }) => type === "ai").map((message) => routingMark(message)?.model)).toEqual([
      "cheap",
      "cheap",
      "strong",
    ]);
  });

  it.each(["zod", "tool", "provider"] as const)("gives a structured response by %s", async (kind) => {
    const schema = z.object({ city: z.string(), celsius: z.number() });
    server.reply({ answer: { json: { city: "Rome", celsius: 21 } } });
    const responseFormat = { zod: schema, tool: toolStrategy(schema), provider: providerStrategy(schema) }[kind];
    const agent = createAgent({ model: router(), tools: [], responseFormat: responseFormat as never });
    if (kind === "tool") {
      server.reset();
      server.reply({ answer: ({ tools }) => ({ toolCalls: [{ name: tools[0]!.name, args: { city: "Rome", celsius: 21 } }] }) });
    }
    const { structuredResponse } = (await agent.invoke({ messages: [new HumanMessage("easy")] })) as { structuredResponse: unknown };
    expect(structuredResponse).toEqual({ city: "Rome", celsius: 21 });
  });

  it("shows the profile that every candidate has, so that mixed candidates use tools for structure", async () => {
    const mixed = router({
      candidates: [
        { name: "cheap", model: clientOf(server, "gpt-4o-mini"), capabilities: { structuredOutput: false, maxInputTokens: 8000 } },
        { name: "strong", model: clientOf(server, "gpt-4o") },
      ],
    });
    expect(mixed.profile).toMatchObject({ structuredOutput: false, toolCalling: true, maxInputTokens: 8000 });
    server.reply({ answer: ({ tools }) => ({ toolCalls: [{ name: tools[0]!.name, args: { city: "Rome" } }] }) });
    const agent = createAgent({ model: mixed, tools: [], responseFormat: z.object({ city: z.string() }) });
    expect((await agent.invoke({ messages: [new HumanMessage("easy")] })).structuredResponse).toEqual({ city: "Rome" });
    expect(server.journal[0]?.request.tools).toHaveLength(1);
  });

  it("has no token limit in its profile where no candidate's is known, so that a summarizer's fraction does not see Infinity", () => {
    const unknown = router({
      candidates: [
        { name: "cheap", model: clientOf(server, "unheard-of-1") },
        { name: "strong", model: clientOf(server, "unheard-of-2") },
      ],
    });
    expect(unknown.profile.maxInputTokens).toBeUndefined();
  });

  it("works under the summarization middleware", async () => {
    const agent = createAgent({
      model: router(),
      tools: [],
      middleware: [summarizationMiddleware({ model: router() as never, trigger: { fraction: 0.9 }, keep: { messages: 2 } })],
    });
    const { messages } = await agent.invoke({ messages: [new HumanMessage("easy")] });
    expect(routingMark(messages.at(-1) as AIMessage)?.model).toBe("cheap");
  });
});
