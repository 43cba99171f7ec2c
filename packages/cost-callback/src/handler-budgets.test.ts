import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { CallbackManager } from "@langchain/core/callbacks/manager";
import { InMemoryCache } from "@langchain/core/caches";
import { HumanMessage } from "@langchain/core/messages";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { ChatOpenAI, OpenAI } from "@langchain/openai";
import { BudgetExceededError, defaultTokenCounter, findError, UnknownPriceError } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { createAgent } from "langchain";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { BudgetOptions } from "./budgets/budget-options.ts";
import { memoryBudgetStore } from "./budgets/memory-budget-store.ts";
import { CostCallbackHandler, type CostCallbackHandlerOptions } from "./cost-callback-handler.ts";

const MODEL = "gpt-4.1-mini";
const rates = { input: 400_000_000, cacheRead: 100_000_000, output: 1_600_000_000 };
const window = { key: "total", start: 0, end: null, stepMs: 0 };
let server: ModelServer;
beforeAll(async () => {
  // Loading it keeps the process busy for seconds, in which a server closes connections that are then used again.
  await defaultTokenCounter();
  server = await startModelServer({
    models: [
      { id: MODEL, rates },
      { id: "gpt-4.1-nano", rates: { input: 100_000_000, output: 400_000_000 } },
    ],
  });
});
afterAll(() => server.close());
beforeEach(() => {
  server.reset();
  // LangChain prints what a handler throws.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

const openai = (fields: object = {}) =>
  new ChatOpenAI({ model: MODEL, apiKey: "none", maxRetries: 0, ...fields, configuration: { baseURL: server.url } });
const total = (limitUsd: number, fields: Partial<BudgetOptions> = {}): BudgetOptions => ({
  id: "b",
  limitUsd,
  window: { kind: "total" },
  ...fields,
});
function guarded(budget: BudgetOptions, options: CostCallbackHandlerOptions = {}) {
  const store = memoryBudgetStore();
  const costs = new CostCallbackHandler({ logger: false, store, budgets: [budget], ...options });
  return { costs, read: () => store.read({ budgetId: "b", window }) };
}

describe("budgets of a plain callback handler", () => {
  it("refuse before anything is sent, however the model is called, with the error itself", async () => {
    const { costs } = guarded(total(0));
    const callbacks = [costs];
    const agent = createAgent({ model: openai(), tools: [] });
    const ways = [
      () => openai().invoke("x", { callbacks }),
      () => openai().stream("x", { callbacks }),
      () => openai().batch(["x", "y"], { callbacks }),
      () => openai().generate([[new HumanMessage("x")]], { callbacks }),
      () => agent.invoke({ messages: [new HumanMessage("x")] }, { callbacks }),
      () => openai({ callbacks }).invoke("x"),
    ];
    for (const way of ways) {
      const error = await way().then(
        () => undefined,
        (caught: unknown) => caught,
      );
      expect(BudgetExceededError.isInstance(error), String(way)).toBe(true);
    }
    expect(server.journal).toHaveLength(0);
    const { refused, calls, spentNanoUsd } = costs.summary();
    expect({ refused, spentNanoUsd }).toEqual({ refused: calls, spentNanoUsd: 0 });
    expect(refused).toBeGreaterThanOrEqual(ways.length);
    expect(costs.recorder.openRuns).toBe(0);
  });

  it("throw only where they were asked for, since LangChain reads `raiseError` when the handler is made", () => {
    expect(new CostCallbackHandler()).toMatchObject({ raiseError: false, awaitHandlers: true });
    expect(guarded(total(1)).costs).toMatchObject({ raiseError: true, awaitHandlers: true });
  });

  it("show other handlers the start of a refused call, and no more", async () => {
    const seen: string[] = [];
    const other = BaseCallbackHandler.fromMethods({
      handleChatModelStart: () => void seen.push("start"),
      handleLLMEnd: () => void seen.push("end"),
      handleLLMError: () => void seen.push("error"),
    });
    await expect(openai().invoke("x", { callbacks: [other, guarded(total(0)).costs] })).rejects.toThrow(/Budget "b"/);
    expect(seen).toEqual(["start"]);
  });

  it("are charged what the calls cost, once they have returned: invokes, streams, and completion models", async () => {
    const { costs, read } = guarded(total(1));
    await openai().invoke("hello", { callbacks: [costs] });
    for await (const chunk of await openai().stream("hello again", { callbacks: [costs] })) void chunk;
    expect(await read()).toMatchObject({ spentNanoUsd: server.invoice().totalNanoUsd, heldNanoUsd: 0 });
    const text = new OpenAI({ model: "gpt-3.5-turbo-instruct", apiKey: "none", maxRetries: 0, configuration: { baseURL: server.url } });
    await text.invoke("an unknown path", { callbacks: [costs] }).catch(() => undefined);
    expect((await read()).heldNanoUsd).toBe(0);
  });

  it("give back what a failed call had reserved, and charge an aborted one what it used", async () => {
    const { costs, read } = guarded(total(1));
    server.script([{ status: 500 }]);
    await expect(openai().invoke("x", { callbacks: [costs] })).rejects.toThrow();
    expect(await read()).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 0 });
    server.script([{ text: "one two three four five six seven eight", tokensPerChunk: 1, chunkDelayMs: 10 }]);
    const controller = new AbortController();
    await expect(async () => {
      for await (const chunk of await openai().stream("x", { callbacks: [costs], signal: controller.signal })) {
        if (chunk.text !== "") controller.abort();
      }
    }).rejects.toThrow();
    await costs.flush();
    await expect.poll(read).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: costs.entries()[1]?.nanoUsd });
    expect((await read()).spentNanoUsd).toBeGreaterThan(0);
  });

  it("charge a model that wraps a model once", async () => {
    const { costs, read } = guarded(total(1));
    const outer = new FakeListChatModel({ responses: ["x"] });
    outer._generate = async (messages, _options, manager) => {
      const callbacks = new CallbackManager(manager?.runId, { handlers: [costs], inheritableHandlers: [costs] });
      const message = await openai().invoke(messages, { callbacks });
      return { generations: [{ text: message.text, message }] };
    };
    await outer.invoke("wrapped", { callbacks: [costs] });
    expect(await read()).toMatchObject({ spentNanoUsd: server.invoice().totalNanoUsd, heldNanoUsd: 0 });
  });

  it("are charged what was reserved where a run id is used a second time, which the ledger takes for the first", async () => {
    const { costs, read } = guarded(total(1, { reserveOutput: 100 }));
    const runId = "0190a000-0000-7000-8000-000000000001";
    for (let call = 0; call < 2; call += 1) await openai().invoke("x", { callbacks: [costs], runId });
    const { spentNanoUsd, heldNanoUsd } = await read();
    expect(costs.summary().calls).toBe(1);
    expect(heldNanoUsd).toBe(0);
    expect(spentNanoUsd).toBeGreaterThanOrEqual(server.invoice().totalNanoUsd);
  });

  it("are asked before LangChain's cache: a hit costs nothing, and is refused all the same when they are used up", async () => {
    const { costs, read } = guarded(total(0.0005, { reserveOutput: 200 }));
    const model = openai({ cache: new InMemoryCache(new Map()) });
    await model.invoke("same", { callbacks: [costs] });
    const paid = (await read()).spentNanoUsd;
    await model.invoke("same", { callbacks: [costs] });
    expect(await read()).toMatchObject({ spentNanoUsd: paid, heldNanoUsd: 0 });
    server.reply({ answer: { text: "word ".repeat(120) } });
    await model.invoke("use it up", { callbacks: [costs] });
    await expect(model.invoke("same", { callbacks: [costs] })).rejects.toThrow(/Budget "b"/);
    expect(costs.summary()).toMatchObject({ cached: 1, refused: 1 });
  });

  it("degrade through `withFallbacks`, and are not retried where `onFailedAttempt` throws", async () => {
    const dear = guarded(total(0, { id: ({ model }) => (model === MODEL ? "b" : null) })).costs;
    const answer = await openai()
      .withFallbacks([openai({ model: "gpt-4.1-nano" })])
      .invoke("x", { callbacks: [dear] });
    expect(answer.response_metadata["model_name"]).toBe("gpt-4.1-nano");
    const { costs } = guarded(total(0));
    const onFailedAttempt = (error: unknown): void => {
      if (findError(error, BudgetExceededError)) throw error;
    };
    await expect(
      openai()
        .withRetry({ stopAfterAttempt: 3, onFailedAttempt })
        .invoke("x", { callbacks: [costs] }),
    ).rejects.toThrow(/Budget "b"/);
    expect(costs.summary().refused).toBe(1);
  });

  it("hold a thousand calls at once", async () => {
    const limitUsd = 0.02;
    const { costs, read } = guarded(total(limitUsd, { reserveOutput: "max" }));
    // As a client does by itself: the server closes connections that were idle, also while one is taken up again.
    const model = openai({ maxTokens: 50, maxRetries: 2 });
    await Promise.allSettled(Array.from({ length: 1_000 }, (_, call) => model.invoke(`call ${call}`, { callbacks: [costs] })));
    const { refused, calls } = costs.summary();
    expect(calls).toBe(1_000);
    expect(refused).toBe(1_000 - server.journal.length);
    expect(refused).toBeGreaterThan(100);
    const { spentNanoUsd, heldNanoUsd } = await read();
    expect({ spentNanoUsd, heldNanoUsd }).toEqual({ spentNanoUsd: server.invoice().totalNanoUsd, heldNanoUsd: 0 });
    expect(spentNanoUsd).toBeLessThanOrEqual(limitUsd * 1e9);
  });

  it("refuse a model without a price where they are told to", async () => {
    const { costs } = guarded(total(1, { onUnknownPrice: "refuse" }));
    await expect(openai({ model: "nobody-knows-me" }).invoke("x", { callbacks: [costs] })).rejects.toThrow(UnknownPriceError);
    expect(server.journal).toHaveLength(0);
  });

  it("cost no call where they themselves go wrong", async () => {
    const { costs } = guarded(
      total(1, {
        id: () => {
          throw new Error("a bug in the application's function");
        },
      }),
    );
    await expect(openai().invoke("x", { callbacks: [costs] })).resolves.toBeDefined();
    expect(costs.summary()).toMatchObject({ calls: 1, refused: 0, spentNanoUsd: server.invoice().totalNanoUsd });
  });
});
