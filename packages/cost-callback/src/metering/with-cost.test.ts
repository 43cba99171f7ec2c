import { InMemoryCache } from "@langchain/core/caches";
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { BudgetExceededError, defaultTokenCounter, findError } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { createAgent } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { BudgetOptions } from "../budgets/budget-options.ts";
import type { BudgetStore } from "../budgets/budget-store.ts";
import { memoryBudgetStore } from "../budgets/memory-budget-store.ts";
import { CostCallbackHandler } from "../cost-callback-handler.ts";
import { withCost, type WithCostOptions } from "./with-cost.ts";

const DEAR = "gpt-4.1";
const CHEAP = "gpt-4.1-nano";

let server: ModelServer;
beforeAll(async () => {
  // Loading it keeps the process busy for seconds, in which a server closes connections that are then used again.
  await defaultTokenCounter();
  server = await startModelServer({
    models: [
      { id: DEAR, rates: { input: 2_000_000_000, cacheRead: 500_000_000, output: 8_000_000_000 } },
      { id: CHEAP, rates: { input: 100_000_000, cacheRead: 25_000_000, output: 400_000_000 } },
    ],
  });
});
afterAll(() => server.close());
beforeEach(() => server.reset());

function openai(model = DEAR, fields: object = {}): ChatOpenAI {
  return new ChatOpenAI({ model, apiKey: "none", maxRetries: 0, ...fields, configuration: { baseURL: server.url } });
}

const total = (limitUsd: number, fields: Partial<BudgetOptions> = {}): BudgetOptions => ({
  id: "b",
  limitUsd,
  window: { kind: "total" },
  ...fields,
});

function metered(options: Partial<WithCostOptions> = {}, model = openai()) {
  const costs = options.costs ?? new CostCallbackHandler({ logger: false });
  return { costs, model: withCost(model, { logger: false, ...options, costs }) };
}

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of stream) void chunk;
}

describe("withCost", () => {
  it("counts every way to call a model once, to the nano-dollar", async () => {
    const { costs, model } = metered();
    await model.invoke("one", { callbacks: [costs] });
    await readAll(await model.stream("two"));
    await model.batch(["three", "four"]);
    await model.generate([[new HumanMessage("five")], [new HumanMessage("six")]]);
    await readAll(model.streamEvents("seven", { version: "v2" }));
    await readAll(model.streamEvents("eight"));
    await ChatPromptTemplate.fromTemplate("{x}").pipe(model).invoke({ x: "nine" });
    expect(costs.summary()).toMatchObject({ requests: 9, calls: 9, estimated: 0, spentNanoUsd: server.invoice().totalNanoUsd });
    expect(costs.recorder.openRuns).toBe(0);
  });

  it("stays around bound tools, configs and structured output", async () => {
    const { costs, model } = metered();
    const add = tool(({ a }: { a: number }) => String(a), { name: "add", description: "adds", schema: z.object({ a: z.number() }) });
    server.script([{ toolCalls: [{ name: "add", args: { a: 1 } }] }, { json: { answer: "x" } }, "plain"]);
    const called = await model.bindTools!([add]).invoke("use it");
    expect(called.tool_calls).toHaveLength(1);
    await model.withStructuredOutput(z.object({ answer: z.string() })).invoke("structure");
    await model.withConfig({ tags: ["bound"] }).invoke("config");
    expect(costs.summary()).toMatchObject({ calls: 3, spentNanoUsd: server.invoice().totalNanoUsd });
    expect(costs.entries()[2]?.tags).toContain("bound");
  });

  it("works in an agent, with a global handler, and attributes its steps", async () => {
    const costs = new CostCallbackHandler();
    const { model } = metered({ costs });
    server.script([{ toolCalls: [{ name: "add", args: { a: 1 } }] }, "done"]);
    const add = tool(({ a }: { a: number }) => String(a), { name: "add", description: "adds", schema: z.object({ a: z.number() }) });
    const agent = createAgent({ model, tools: [add] });
    await agent.invoke({ messages: [new HumanMessage("go")] }, { callbacks: [costs] });
    const summary = costs.summary({ by: "step" });
    expect(summary).toMatchObject({ requests: 2, spentNanoUsd: server.invoice().totalNanoUsd });
    expect(summary.groups.map(({ key }) => key)).toEqual(["model_request"]);
    expect(costs.summary({ by: "run" }).groups).toHaveLength(1);
  });

  it("settles a stream that its reader leaves, at once", async () => {
    for (const leave of ["break", "reader.cancel", "chain break"]) {
      const { costs, model } = metered();
      server.script([{ text: "a stream of some words that nobody reads to its end", tokensPerChunk: 1, chunkDelayMs: 5 }]);
      if (leave === "reader.cancel") {
        const reader = (await model.stream("x")).getReader();
        await reader.read();
        await reader.read();
        await reader.cancel();
      } else {
        const runnable = leave === "break" ? model : ChatPromptTemplate.fromTemplate("{x}").pipe(model);
        let seen = 0;
        for await (const chunk of await runnable.stream((leave === "break" ? "x" : { x: "x" }) as never)) {
          void chunk;
          if ((seen += 1) === 3) break;
        }
      }
      await costs.flush();
      expect(costs.entries(), leave).toMatchObject([{ status: "abandoned", usage: { estimated: true } }]);
      expect(costs.entries()[0]?.usage?.outputTokens, leave).toBeGreaterThan(0);
    }
  });

  it("settles an aborted stream and gives its budget back", async () => {
    const store = memoryBudgetStore();
    const { costs, model } = metered({ store, budgets: [total(10)] });
    server.script([{ text: "one two three four five six seven eight", tokensPerChunk: 1, chunkDelayMs: 10 }]);
    const controller = new AbortController();
    await expect(async () => {
      for await (const chunk of await model.stream("x", { signal: controller.signal })) if (chunk.text !== "") controller.abort();
    }).rejects.toThrow();
    await costs.flush();
    const [entry] = costs.entries();
    expect(entry).toMatchObject({ status: "aborted" });
    await expect
      .poll(() => store.read({ budgetId: "b", window: { key: "total", start: 0, end: null, stepMs: 0 } }))
      .toMatchObject({
        heldNanoUsd: 0,
        spentNanoUsd: entry?.nanoUsd,
      });
  });

  it("refuses before anything is sent, and says what, how much, and when again", async () => {
    const { costs, model } = metered({
      budgets: [total(0.000001, { window: { kind: "calendar", unit: "month", timeZone: "Europe/Berlin" } })],
    });
    const error = await model.invoke("too dear").catch((caught: unknown) => caught);
    expect(findError(error, BudgetExceededError)).toMatchObject({ budgetId: "b", limitUsd: 0.000001, spentUsd: 0 });
    expect(findError(error, BudgetExceededError)?.resetAt?.getTime()).toBeGreaterThan(Date.now());
    await expect(model.stream("too")).rejects.toThrow(/Budget "b"/);
    await expect(model.batch(["a", "b"])).rejects.toThrow(/Budget "b"/);
    expect(server.journal).toHaveLength(0);
    expect(costs.summary()).toMatchObject({ refused: costs.summary().calls, spentNanoUsd: 0 });
  });

  it("refuses through an agent with an error that can be found", async () => {
    const { model } = metered({ budgets: [total(0)] });
    const agent = createAgent({ model, tools: [] });
    const error = await agent.invoke({ messages: [new HumanMessage("go")] }).catch((caught: unknown) => caught);
    expect(findError(error, BudgetExceededError)?.budgetId).toBe("b");
    expect(server.journal).toHaveLength(0);
  });

  it("charges what a call cost, not what was reserved", async () => {
    const store = memoryBudgetStore();
    const { costs, model } = metered({ store, budgets: [total(1), total(1, { id: ({ userId }) => (userId ? `user:${userId}` : null) })] });
    await model.invoke("hello", { metadata: { userId: "u1" } });
    await readAll(await model.stream("hello again"));
    const window = { key: "total", start: 0, end: null, stepMs: 0 };
    expect(await store.read({ budgetId: "b", window })).toMatchObject({ spentNanoUsd: costs.summary().spentNanoUsd, heldNanoUsd: 0 });
    expect(await store.read({ budgetId: "user:u1", window })).toMatchObject({ spentNanoUsd: costs.entries()[0]?.nanoUsd, heldNanoUsd: 0 });
  });

  it("never passes its limit with a thousand calls at once, and forgets none", async () => {
    const store = memoryBudgetStore();
    // Reserved: some 10 tokens in, 10 out at $2 and $8 a million, about $0.0001 a call. There is money for some 200.
    const limitUsd = 0.02;
    const { costs, model } = metered(
      { store, budgets: [total(limitUsd, { reserveOutput: "max" })] },
      openai(DEAR, { maxTokens: 10, maxRetries: 2 }),
    );
    server.reply({ answer: "some words of an answer" });
    const results = await Promise.allSettled(Array.from({ length: 1_000 }, (_, call) => model.invoke(`call ${call}`)));
    const granted = results.filter(({ status }) => status === "fulfilled").length;
    expect(granted).toBe(server.journal.length);
    expect(granted).toBeGreaterThan(100);
    expect(costs.summary()).toMatchObject({ refused: 1_000 - granted, spentNanoUsd: server.invoice().totalNanoUsd });
    const window = { key: "total", start: 0, end: null, stepMs: 0 };
    const { spentNanoUsd, heldNanoUsd } = await store.read({ budgetId: "b", window });
    expect({ spentNanoUsd, heldNanoUsd }).toEqual({ spentNanoUsd: server.invoice().totalNanoUsd, heldNanoUsd: 0 });
    expect(spentNanoUsd).toBeLessThanOrEqual(limitUsd * 1e9);
  });

  it("degrades to a cheaper model that the budget still allows, or answers in its place", async () => {
    const limit = total(0.001, { reserveOutput: 500 });
    const degraded = metered({ budgets: [limit], onExceeded: { model: openai(CHEAP) } });
    const message = await degraded.model.invoke("hello");
    expect(message.response_metadata["model_name"]).toBe(CHEAP);
    const answered = metered({ budgets: [total(0)], onExceeded: "message" });
    expect((await answered.model.invoke("hello")).text).toContain('Budget "b"');
    expect(await answered.model.streamEvents("hello")).toBeInstanceOf(AIMessage);
    expect(server.journal).toHaveLength(1);
  });

  it("does not refuse or charge what a cache below it answers", async () => {
    const store = memoryBudgetStore();
    const { costs, model } = metered({ store, budgets: [total(1)] }, openai(DEAR, { cache: new InMemoryCache(new Map()) }));
    await model.invoke("same");
    const paid = costs.summary().spentNanoUsd;
    await model.invoke("same");
    const window = { key: "total", start: 0, end: null, stepMs: 0 };
    expect(await store.read({ budgetId: "b", window })).toMatchObject({ spentNanoUsd: paid, heldNanoUsd: 0 });
  });

  it("keeps a run's own budget across its calls", async () => {
    const { model } = metered({ budgets: [total(0.0005, { id: ({ rootId }) => `run:${rootId}`, reserveOutput: 1 })] });
    server.reply({ answer: { text: "word ".repeat(100) } });
    await model.invoke("first run");
    await model.invoke("second run has its own");
    expect(server.journal).toHaveLength(2);
  });

  describe("when the store is down", () => {
    const broken: BudgetStore = {
      reserve: () => Promise.reject(new Error("down")),
      touch: () => Promise.reject(new Error("down")),
      settle: () => Promise.reject(new Error("down")),
      read: () => Promise.reject(new Error("down")),
    };
    const hanging: BudgetStore = { ...broken, reserve: () => new Promise(() => undefined) };

    it("lets calls pass, or refuses them, as asked", async () => {
      for (const store of [broken, hanging]) {
        const open = metered({ store, budgets: [total(1)], storeTimeoutMs: 20 });
        await expect(open.model.invoke("hello")).resolves.toBeDefined();
        const closed = metered({ store, budgets: [total(1, { onStoreError: "refuse" })], storeTimeoutMs: 20 });
        const error = await closed.model.invoke("hello").catch((caught: unknown) => caught);
        expect(findError(error, BudgetExceededError)).toBeDefined();
      }
    });

    it("settles what was spent when the store is back", async () => {
      let down = true;
      const inner = memoryBudgetStore();
      const store: BudgetStore = {
        reserve: (reservation) => (down ? broken.reserve(reservation) : inner.reserve(reservation)),
        touch: inner.touch,
        settle: (...args) => (down ? broken.settle(...args) : inner.settle(...args)),
        read: inner.read,
      };
      const { costs, model } = metered({ store, budgets: [total(1)] });
      await model.invoke("hello");
      down = false;
      await expect
        .poll(() => inner.read({ budgetId: "b", window: { key: "total", start: 0, end: null, stepMs: 0 } }), { timeout: 5_000 })
        .toMatchObject({ spentNanoUsd: costs.summary().spentNanoUsd });
    });
  });
});
