import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { defaultTokenCounter } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { type AgentMiddleware, createAgent, createMiddleware, modelFallbackMiddleware } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { BudgetKeeper } from "../budgets/budget-keeper.ts";
import { CostCallbackHandler } from "../cost-callback-handler.ts";
import { withCost } from "../metering/with-cost.ts";
import { budgetMiddleware, costMiddleware } from "./cost-middleware.ts";

let server: ModelServer;
beforeAll(async () => {
  // Loading it keeps the process busy for seconds, in which a server closes connections that are then used again.
  await defaultTokenCounter();
  server = await startModelServer({
    models: [
      { id: "gpt-4.1", rates: { input: 2_000_000_000, output: 8_000_000_000 } },
      { id: "gpt-4.1-nano", rates: { input: 100_000_000, output: 400_000_000 } },
    ],
  });
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const openai = (model = "gpt-4.1") => new ChatOpenAI({ model, apiKey: "none", maxRetries: 0, configuration: { baseURL: server.url } });
const add = tool(({ a }: { a: number }) => String(a), { name: "add", description: "adds", schema: z.object({ a: z.number() }) });
const go = { messages: [new HumanMessage("go")] };
/** What a router's middleware does. */
const replacing = (model: unknown = openai("gpt-4.1-nano")) =>
  createMiddleware({ name: "Replacing", wrapModelCall: (request, handler) => handler({ ...request, model: model as never }) });
/** A middleware that answers by itself. */
const answering = (make: () => AIMessage) => createMiddleware({ name: "Answering", wrapModelCall: async () => make() });
const used = { input_tokens: 1_000, output_tokens: 100, total_tokens: 1_100 };

function watchedKeeper(costs: CostCallbackHandler, limitUsd = 1) {
  const warnings: string[] = [];
  const keeper = new BudgetKeeper({
    budgets: [{ id: "agents", limitUsd, window: { kind: "total" }, reserveOutput: 500 }],
    prices: costs.recorder.prices,
    storeTimeoutMs: 5_000,
    logger: { warn: (text: string) => warnings.push(text) },
  });
  return { keeper, warnings, spent: async () => (await keeper.read("agents"))?.spentNanoUsd };
}

describe("costMiddleware before a middleware that replaces the model", () => {
  it.each(["before", "after"])("counts each call once when it stands %s it", async (place) => {
    const costs = new CostCallbackHandler();
    server.script([{ toolCalls: [{ name: "add", args: { a: 1 } }] }, "done"]);
    const own = [costMiddleware({ costs }), replacing()];
    const agent = createAgent({ model: openai(), tools: [add], middleware: place === "before" ? own : own.toReversed() });
    await agent.invoke(go, { metadata: { userId: "ann" } });
    expect(costs.summary()).toMatchObject({
      calls: 2,
      requests: 2,
      estimated: 0,
      unknownPrices: 0,
      spentNanoUsd: server.invoice().totalNanoUsd,
    });
    expect(costs.entries().map(({ model, userId }) => [model, userId])).toEqual([
      ["gpt-4.1-nano", "ann"],
      ["gpt-4.1-nano", "ann"],
    ]);
  });

  it.each(["callbacks", "model"])("counts once where the same ledger is in the %s too", async (where) => {
    const costs = new CostCallbackHandler();
    const inner = where === "model" ? withCost(openai("gpt-4.1-nano"), { costs }) : openai("gpt-4.1-nano");
    const agent = createAgent({ model: openai(), tools: [], middleware: [costMiddleware({ costs }), replacing(inner)] });
    await agent.invoke(go, where === "callbacks" ? { callbacks: [costs] } : {});
    expect(costs.summary()).toMatchObject({ calls: 1, spentNanoUsd: server.invoice().totalNanoUsd });
  });

  it.each([true, false])("counts in each of two ledgers, beside a budget that stands last: %s", async (budgeted) => {
    const [costs, other] = [new CostCallbackHandler(), new CostCallbackHandler()];
    const { keeper, warnings, spent } = watchedKeeper(costs);
    const middleware = [costMiddleware({ costs }), replacing(), ...(budgeted ? [budgetMiddleware({ costs, keeper })] : [])];
    await createAgent({ model: openai(), tools: [], middleware }).invoke(go, { callbacks: [other] });
    const { totalNanoUsd } = server.invoice();
    expect([costs, other].map((ledger) => ledger.summary())).toMatchObject([
      { calls: 1, spentNanoUsd: totalNanoUsd },
      { calls: 1, spentNanoUsd: totalNanoUsd },
    ]);
    expect([await spent(), warnings]).toEqual([budgeted ? totalNanoUsd : 0, []]);
  });

  it("counts a fallback's failed and its good attempt", async () => {
    const costs = new CostCallbackHandler();
    server.reply({ model: "gpt-4.1", answer: { status: 500 } });
    const middleware = [costMiddleware({ costs }), modelFallbackMiddleware(openai("gpt-4.1-nano"))];
    await createAgent({ model: openai(), tools: [], middleware }).invoke(go);
    expect(costs.summary()).toMatchObject({ calls: 2, errors: 1, estimated: 0, spentNanoUsd: server.invoice().totalNanoUsd });
  });

  it("counts streams and agents at once, each call once", async () => {
    const costs = new CostCallbackHandler();
    const agent = createAgent({ model: openai(), tools: [], middleware: [costMiddleware({ costs }), replacing()] });
    const stream = async () => {
      for await (const _ of await agent.stream(go, { streamMode: "messages" }));
    };
    await Promise.all([stream(), agent.invoke(go), stream(), agent.invoke(go)]);
    await costs.flush();
    expect(costs.summary()).toMatchObject({ calls: 4, requests: 4 });
  });

  it("counts what hooks and tools spend where the ledger is in the callbacks too, and all of it once", async () => {
    const costs = new CostCallbackHandler();
    const summarizing = createMiddleware({
      name: "Summarizing",
      beforeModel: async () => {
        await openai("gpt-4.1-nano").invoke("sum up");
      },
    });
    const agent = createAgent({ model: openai(), tools: [], middleware: [costMiddleware({ costs }), summarizing, replacing()] });
    await agent.invoke(go, { callbacks: [costs] });
    expect(server.journal).toHaveLength(2);
    expect(costs.summary()).toMatchObject({ calls: 2, spentNanoUsd: server.invoice().totalNanoUsd });
  });

  it("leaves nothing behind: a call after the agent's, in the same context, is not counted", async () => {
    const costs = new CostCallbackHandler();
    await createAgent({ model: openai(), tools: [], middleware: [costMiddleware({ costs }), replacing()] }).invoke(go);
    await openai().invoke("hello");
    expect(costs.summary().calls).toBe(1);
  });
});

describe("costMiddleware before a middleware that answers without a model", () => {
  const run = async (make: () => AIMessage) => {
    const costs = new CostCallbackHandler();
    const middleware = [costMiddleware({ costs }), answering(make)] as AgentMiddleware[];
    await createAgent({ model: openai(), tools: [], middleware }).invoke(go, { metadata: { userId: "ann" } });
    await costs.flush();
    return costs;
  };

  it("counts an answer of a provider, as its metadata say", async () => {
    const metadata = { model_name: "gpt-4.1-nano", model_provider: "openai" };
    const costs = await run(() => new AIMessage({ content: "hi", usage_metadata: used, response_metadata: metadata }));
    expect(costs.entries()).toMatchObject([
      { model: "gpt-4.1-nano", provider: "openai", userId: "ann", status: "ok", nanoUsd: 140_000, confidence: "exact" },
    ]);
  });

  it("estimates one without usage, and says why", async () => {
    const metadata = { model_name: "gpt-4.1-nano", model_provider: "openai" };
    const costs = await run(() => new AIMessage({ content: "hello there", response_metadata: metadata }));
    expect(costs.entries()).toMatchObject([{ model: "gpt-4.1-nano", confidence: "estimated", estimateReasons: ["usage-not-sent"] }]);
  });

  it("counts a cache's hit as one, with what it avoided, in two scopes once", async () => {
    const mark = { kind: "semantic", entryId: "e", decisionId: "d", savedUsage: { inputTokens: 1_000, outputTokens: 100 } };
    const answer = () =>
      new AIMessage({ content: "hi", usage_metadata: used, response_metadata: { model_name: "gpt-4.1-nano", semanticCache: mark } });
    const costs = await run(answer);
    expect(costs.summary()).toMatchObject({ calls: 1, cached: 1, spentNanoUsd: 0, avoidedNanoUsd: 140_000 });
    const twice = new CostCallbackHandler();
    const middleware = [costMiddleware({ costs: twice }), budgetMiddleware({ costs: twice }), answering(answer)] as AgentMiddleware[];
    await createAgent({ model: openai(), tools: [], middleware }).invoke(go);
    expect(twice.summary()).toMatchObject({ calls: 1, cached: 1, avoidedNanoUsd: 140_000 });
  });

  it("does not take a text of the application, or an earlier answer, for a call", async () => {
    expect((await run(() => new AIMessage("I cannot help with that."))).summary().calls).toBe(0);
    const costs = new CostCallbackHandler();
    const before = new AIMessage({ id: "a1", content: "hi", usage_metadata: used, response_metadata: { model_name: "gpt-4.1-nano" } });
    const middleware = [costMiddleware({ costs }), answering(() => before)] as AgentMiddleware[];
    await createAgent({ model: openai(), tools: [], middleware }).invoke({ messages: [...go.messages, before, new HumanMessage("again")] });
    expect(costs.summary().calls).toBe(0);
  });
});

describe("budgetMiddleware before a middleware that replaces the model", () => {
  it("charges what was spent and says once that it must stand last", async () => {
    const costs = new CostCallbackHandler();
    const { keeper, warnings, spent } = watchedKeeper(costs);
    server.script([{ toolCalls: [{ name: "add", args: { a: 1 } }] }, "done"]);
    const agent = createAgent({ model: openai(), tools: [add], middleware: [budgetMiddleware({ costs, keeper }), replacing()] });
    await agent.invoke(go);
    const { totalNanoUsd } = server.invoice();
    expect(totalNanoUsd).toBeGreaterThan(0);
    expect([await spent(), costs.summary().spentNanoUsd]).toEqual([totalNanoUsd, totalNanoUsd]);
    expect(warnings).toEqual([expect.stringMatching(/budgetMiddleware .* last/u)]);
  });

  it("charges a fallback's attempts once: the one it held, and the one that took the model's place", async () => {
    const costs = new CostCallbackHandler();
    const { keeper, warnings, spent } = watchedKeeper(costs);
    server.reply({ model: "gpt-4.1", answer: { status: 500 } });
    const middleware = [budgetMiddleware({ costs, keeper }), modelFallbackMiddleware(openai("gpt-4.1-nano"))];
    await createAgent({ model: openai(), tools: [], middleware }).invoke(go);
    expect([await spent(), costs.summary().calls, warnings.length]).toEqual([server.invoice().totalNanoUsd, 2, 1]);
    expect((await keeper.read("agents"))?.heldNanoUsd).toBe(0);
  });

  it("still charges when the call fails afterwards", async () => {
    const costs = new CostCallbackHandler();
    const { keeper, spent } = watchedKeeper(costs);
    const failing = createMiddleware({
      name: "Failing",
      wrapModelCall: async (request, handler) => {
        await handler({ ...request, model: openai("gpt-4.1-nano") as never });
        throw new Error("later");
      },
    });
    const agent = createAgent({ model: openai(), tools: [], middleware: [budgetMiddleware({ costs, keeper }), failing] });
    await expect(agent.invoke(go)).rejects.toThrow("later");
    expect(await spent()).toBe(server.invoice().totalNanoUsd);
  });

  it.each(["after the replacement", "before costMiddleware"])("warns of nothing, and charges once, where it stands %s", async (place) => {
    const costs = new CostCallbackHandler();
    const { keeper, warnings, spent } = watchedKeeper(costs);
    const [budget, cost] = [budgetMiddleware({ costs, keeper }), costMiddleware({ costs })];
    const middleware = place === "before costMiddleware" ? [budget, cost] : [replacing(), budget];
    await createAgent({ model: openai(), tools: [], middleware }).invoke(go);
    expect([await spent(), costs.summary().calls, warnings]).toEqual([server.invoice().totalNanoUsd, 1, []]);
  });
});
