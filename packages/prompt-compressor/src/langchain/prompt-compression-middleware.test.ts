import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { startModelServer } from "@langthrift/model-server";
import type { SavingsEvent } from "@langthrift/core";
import { createAgent } from "langchain";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { PipelineCompressor } from "../pipeline-compressor.ts";
import { LosslessCompressor } from "../lossless/lossless-compressor.ts";
import { ExtractiveCompressor } from "../extractive/extractive-compressor.ts";
import { StopWordCompressor } from "../stop-words/stop-word-compressor.ts";
import type { Compressor } from "../compressor.ts";
import { promptCompressionMiddleware, type PromptCompressionMiddlewareOptions } from "./prompt-compression-middleware.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

const lines = (turn: number): string =>
  Array.from(
    { length: 40 },
    (_value, row) =>
      `The order ${turn}${row} of the customer number ${row} was really shipped to the warehouse ${(row * 7) % 5} on the day ${row}.`,
  ).join("\n");
const fetchOrders = tool(async ({ turn }: { turn: number }) => lines(turn), {
  name: "orders",
  description: "Lists orders.",
  schema: z.object({ turn: z.number() }),
});
const failing = tool(
  async () => {
    throw new Error("boom");
  },
  { name: "failing", description: "Fails.", schema: z.object({}) },
);
const compressor = new PipelineCompressor([new LosslessCompressor(), new ExtractiveCompressor({ rate: 0.5 }), new StopWordCompressor()]);

function agentWith(options: Partial<PromptCompressionMiddlewareOptions> = {}) {
  const model = new ChatOpenAI({ model: "gpt-4o", apiKey: "sk-test", configuration: { baseURL: server.url }, maxRetries: 0 });
  const middleware = [promptCompressionMiddleware({ compressor, minTokens: 50, logger: false, ...options })];
  return createAgent({
    model,
    tools: [fetchOrders, failing],
    systemPrompt: `Answer the questions. ${"Be really kind. ".repeat(80)}`,
    middleware,
  });
}

/** The messages of each request, as one text without the closing bracket. */
const sent = (): string[] => server.journal.map(({ request }) => JSON.stringify(request.body["messages"]).slice(0, -1));

describe.each(["birth", "view"] as const)("30 agent turns, tool results at %s", (toolOutputs) => {
  it("begins every request with the whole request before, byte for byte, and sends less", async () => {
    const events: SavingsEvent[] = [];
    const agent = agentWith({ toolOutputs, onEvent: (event) => events.push(event) });
    let messages: unknown[] = [];
    for (let turn = 0; turn < 30; turn += 1) {
      server.script([{ toolCalls: [{ name: "orders", args: { turn }, id: `call_${turn}` }] }, `answer ${turn}`]);
      const asked = new HumanMessage(
        `What is the order ${turn}7?\n\n${lines(turn + 100)}\n\nWhere is the order of the customer number ${turn}?`,
      );
      ({ messages } = await agent.invoke({ messages: [...(messages as HumanMessage[]), asked] }, { recursionLimit: 200 }));
    }
    const requests = sent();
    expect(requests).toHaveLength(60);
    for (const [index, request] of requests.entries()) {
      if (index > 0) expect(request.startsWith(requests[index - 1] as string), `request ${index}`).toBe(true);
    }
    const last = server.journal.at(-1)?.request.messages ?? [];
    expect(last[0]?.text).toBe(`Answer the questions. ${"Be really kind. ".repeat(80)}`);
    const tools = last.filter(({ role }) => role === "tool");
    expect(tools).toHaveLength(30);
    for (const [turn, { text }] of tools.entries()) expect(text.length).toBeLessThan(lines(turn).length * 0.7);
    expect(last.filter(({ role }) => role === "user").every(({ text }) => text.length < lines(100).length * 0.8)).toBe(true);
    expect(events).toHaveLength(60);
    expect(
      events.every(({ strategy, reason, nanoUsd }) => strategy === "prompt-compressor" && reason === "compressed" && nanoUsd !== null),
    ).toBe(true);
  }, 60_000);
});

describe("promptCompressionMiddleware", () => {
  it("keeps no original in the state unless asked", async () => {
    for (const keepOriginal of [false, "artifact"] as const) {
      server.reset();
      server.script([{ toolCalls: [{ name: "orders", args: { turn: 1 } }] }, "done"]);
      const { messages } = await agentWith({ keepOriginal }).invoke({ messages: [new HumanMessage("Where is order 17?")] });
      const message = messages.find((one) => ToolMessage.isInstance(one));
      const everything = `${JSON.stringify(message)}${JSON.stringify(message?.lc_kwargs)}`;
      expect(everything.includes(JSON.stringify(lines(1)).slice(1, -1)), String(keepOriginal)).toBe(keepOriginal === "artifact");
    }
  });

  it("leaves a tool's error as the agent would write it, and lets it rise when asked", async () => {
    server.reply({ answer: { toolCalls: [{ name: "failing", args: {} }] }, times: 1 });
    server.reply({ answer: "sorry" });
    const { messages } = await agentWith().invoke({ messages: [new HumanMessage("Fail.")] });
    expect(messages.find((one) => ToolMessage.isInstance(one))).toMatchObject({
      status: "error",
      content: "Error: boom\n Please fix your mistakes.",
    });
    server.reset();
    server.script([{ toolCalls: [{ name: "failing", args: {} }] }]);
    await expect(agentWith({ onToolError: "throw" }).invoke({ messages: [new HumanMessage("Fail.")] })).rejects.toThrow("boom");
  });

  it("goes on with the original when the compressor throws", async () => {
    const broken: Compressor = {
      name: "broken",
      version: "1",
      lossless: false,
      questionAware: false,
      compress: () => Promise.reject(new Error("no model")),
    };
    for (const toolOutputs of ["birth", "view"] as const) {
      server.reset();
      server.script([{ toolCalls: [{ name: "orders", args: { turn: 1 } }] }, "done"]);
      await agentWith({ compressor: broken, toolOutputs }).invoke({ messages: [new HumanMessage("Where is order 17?")] });
      expect(server.journal.at(-1)?.request.messages.at(-1)?.text).toBe(lines(1));
    }
  });

  it("refuses to be built without a compressor", () => {
    expect(() => promptCompressionMiddleware({} as PromptCompressionMiddlewareOptions)).toThrow("`compressor` is missing");
  });
});
