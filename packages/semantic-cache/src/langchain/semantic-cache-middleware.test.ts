import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { cacheMark, type SavingsEvent, SAVINGS_EVENT } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { collectEvents, collectRuns } from "@langthrift/test-helpers";
import { createAgent, providerStrategy, toolStrategy } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ASKED, PARAPHRASE, testCache } from "../__fixtures__/questions.ts";
import { semanticCacheMiddleware } from "./semantic-cache-middleware.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const openAi = (): ChatOpenAI =>
  new ChatOpenAI({ model: "gpt-4o-mini", apiKey: "sk-test", maxRetries: 0, configuration: { baseURL: server.url } });
const Answer = z.object({ steps: z.string() });

describe("semanticCacheMiddleware", () => {
  it("answers the second agent run without a model call, marked and reported", async () => {
    server.reply({ answer: "Open settings." });
    const seen = collectEvents<SavingsEvent>();
    const agent = createAgent({
      model: openAi(),
      tools: [],
      middleware: [semanticCacheMiddleware({ cache: testCache({ onEvent: seen.onEvent }) })],
    });
    await agent.invoke({ messages: [{ role: "user", content: ASKED }] });
    const runs = collectRuns();
    const { messages } = await agent.invoke({ messages: [{ role: "user", content: PARAPHRASE }] }, { callbacks: [runs.handler] });
    const answer = messages.at(-1);
    expect(server.journal).toHaveLength(1);
    expect(answer?.text).toBe("Open settings.");
    expect(answer && cacheMark(answer)?.kind).toBe("semantic");
    expect(seen.summary).toContain("avoided hit:semantic");
    expect(runs.events.filter(({ name }) => name === SAVINGS_EVENT).length).toBeGreaterThan(0);
  });

  it("keeps tenants apart by the runtime's context, both ways", async () => {
    const cache = testCache({ scope: (query) => query.scope });
    const middleware = semanticCacheMiddleware({ cache, scope: ({ context }) => (context as { tenant?: string } | undefined)?.tenant });
    const agent = createAgent({
      model: openAi(),
      tools: [],
      middleware: [middleware],
      contextSchema: z.object({ tenant: z.string().optional() }),
    });
    const ask = (tenant?: string) => agent.invoke({ messages: [{ role: "user", content: ASKED }] }, { context: { tenant } });
    for (const tenant of ["a", "b", "a", "b", undefined, undefined]) await ask(tenant);
    expect(server.journal).toHaveLength(4);
    expect(cache.stats().kinds).toMatchObject({ exact: 2, miss: 2, bypass: 2 });
  });

  it("streams a stored answer once in streamMode messages", async () => {
    server.reply({ answer: "Open settings." });
    const agent = createAgent({ model: openAi(), tools: [], middleware: [semanticCacheMiddleware({ cache: testCache() })] });
    await agent.invoke({ messages: [{ role: "user", content: ASKED }] });
    const seen: { id: string | undefined; text: string }[] = [];
    const stream = await agent.stream({ messages: [{ role: "user", content: PARAPHRASE }] }, { streamMode: "messages" });
    for await (const [message] of stream as AsyncIterable<[BaseMessage, unknown]>) {
      if (AIMessage.isInstance(message)) seen.push({ id: message.id, text: message.text });
    }
    expect(seen.map(({ text }) => text).join("")).toBe("Open settings.");
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
    expect(server.journal).toHaveLength(1);
  });

  it.each([
    { name: "providerStrategy", responseFormat: providerStrategy(Answer) },
    { name: "toolStrategy", responseFormat: toolStrategy(Answer) },
  ])("replays the structured response of $name with its messages", async ({ responseFormat }) => {
    server.reply({ answer: { json: { steps: "Open settings." } } });
    const agent = createAgent({
      model: openAi(),
      tools: [],
      responseFormat: responseFormat as never,
      middleware: [semanticCacheMiddleware({ cache: testCache() })],
    });
    const first = (await agent.invoke({ messages: [{ role: "user", content: ASKED }] })) as {
      structuredResponse?: unknown;
      messages: unknown[];
    };
    const second = (await agent.invoke({ messages: [{ role: "user", content: ASKED }] })) as typeof first;
    expect(second.structuredResponse).toEqual({ steps: "Open settings." });
    expect(second.messages).toHaveLength(first.messages.length);
    expect(server.journal).toHaveLength(1);
  });
});
