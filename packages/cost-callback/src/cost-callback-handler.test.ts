import { CallbackManager } from "@langchain/core/callbacks/manager";
import { InMemoryCache } from "@langchain/core/caches";
import { AIMessage } from "@langchain/core/messages";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { RunnableLambda } from "@langchain/core/runnables";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { ChatOpenAI } from "@langchain/openai";
import {
  createPriceBook,
  defaultTokenCounter,
  InvalidOptionError,
  nanoUsd,
  OVERHEAD_TAG,
  SAVINGS_EVENT,
  type SavingsEvent,
} from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CostCallbackHandler } from "./cost-callback-handler.ts";

const MODEL = "gpt-4.1-mini";
// $0.40 in, $0.10 cached, $1.60 out for a million tokens.
const rates = { input: 400_000_000, cacheRead: 100_000_000, output: 1_600_000_000 };

let server: ModelServer;
beforeAll(async () => {
  // Loading it keeps the process busy for seconds, in which a server closes connections that are then used again.
  await defaultTokenCounter();
  server = await startModelServer({ models: [{ id: MODEL, rates }] });
});
afterAll(() => server.close());
beforeEach(() => server.reset());

function openai(fields: Partial<ConstructorParameters<typeof ChatOpenAI>[0] & object> = {}): ChatOpenAI {
  return new ChatOpenAI({ model: MODEL, apiKey: "none", maxRetries: 0, ...fields, configuration: { baseURL: server.url } });
}

function savings(fields: Partial<SavingsEvent> = {}): SavingsEvent {
  return {
    version: 1,
    id: "event-1",
    decisionId: "decision-1",
    strategy: "semantic-cache",
    kind: "avoided",
    reason: "hit:semantic",
    at: 1_760_000_000_000,
    nanoUsd: nanoUsd(5_000),
    details: {},
    ...fields,
  };
}

describe("CostCallbackHandler", () => {
  it("charges an invoke what the server's invoice says", async () => {
    const costs = new CostCallbackHandler();
    await openai().invoke("What is a nano-dollar?", { callbacks: [costs] });
    const summary = costs.summary({ by: "model" });
    expect(summary.spentNanoUsd).toBe(server.invoice().totalNanoUsd);
    expect(summary).toMatchObject({ requests: 1, calls: 1, unknownPrices: 0, estimated: 0 });
    expect(summary.groups.map(({ key }) => key)).toEqual([MODEL]);
  });

  it("charges streams, n > 1, batches and tiers what the invoice says", async () => {
    const costs = new CostCallbackHandler();
    const stream = await openai().stream("Tell me about rivers.", { callbacks: [costs] });
    for await (const chunk of stream) void chunk;
    await openai({ n: 3 }).invoke("Three names for a cat", { callbacks: [costs] });
    await openai().batch(["one", "two", "three"], { callbacks: [costs] });
    const summary = costs.summary();
    expect(summary.spentNanoUsd).toBe(server.invoice().totalNanoUsd);
    expect(summary.requests).toBe(5);
    expect(summary.unknownPrices).toBe(0);
    expect(summary.tokens.outputTokens).toBe(server.invoice().byModel[MODEL]?.outputTokens);
  });

  it("counts a stream without usage itself and says so", async () => {
    const costs = new CostCallbackHandler();
    const stream = await openai({ streamUsage: false }).stream("Count me yourself.", { callbacks: [costs] });
    for await (const chunk of stream) void chunk;
    const [entry] = costs.entries();
    expect(entry).toMatchObject({ confidence: "estimated", estimateReasons: ["usage-not-sent"], usage: { estimated: true } });
    expect(costs.summary()).toMatchObject({ estimated: 1, spentNanoUsd: server.invoice().totalNanoUsd });
  });

  it("keeps what the provider did not send apart from zero", async () => {
    const costs = new CostCallbackHandler();
    server.script([{ text: "no usage at all", usage: "none" }]);
    await openai().invoke("hello", { callbacks: [costs] });
    const [entry] = costs.entries();
    expect(entry?.usage?.estimated).toBe(true);
    expect(entry?.nanoUsd).toBeGreaterThan(0);
  });

  it("shows an unknown price as unknown, once warned of, and never as 0", async () => {
    const warnings: string[] = [];
    const costs = new CostCallbackHandler({ prices: createPriceBook({ logger: { warn: (text) => warnings.push(text) } }) });
    for (let call = 0; call < 2; call += 1) {
      await new ChatOpenAI({ model: "nobody-knows-me", apiKey: "none", configuration: { baseURL: server.url } }).invoke("hello", {
        callbacks: [costs],
      });
    }
    expect(costs.entries().map(({ nanoUsd }) => nanoUsd)).toEqual([null, null]);
    expect(costs.summary()).toMatchObject({ unknownPrices: 2, spentNanoUsd: 0 });
    expect(warnings).toHaveLength(1);
  });

  it("never lets a price book that throws cost the answer", async () => {
    const costs = new CostCallbackHandler({ prices: createPriceBook({ unknownPrice: "throw" }) });
    const model = new ChatOpenAI({ model: "nobody-knows-me", apiKey: "none", configuration: { baseURL: server.url } });
    await expect(model.invoke("hello", { callbacks: [costs] })).resolves.toBeInstanceOf(AIMessage);
    expect(costs.summary().unknownPrices).toBe(1);
  });

  it("takes a cached answer for 0 spent and what it once cost for avoided", async () => {
    const costs = new CostCallbackHandler();
    const model = openai({ cache: new InMemoryCache(new Map()) });
    const first = await model.invoke("Ask twice.", { callbacks: [costs] });
    const paid = costs.summary().spentNanoUsd;
    await model.invoke("Ask twice.", { callbacks: [costs] });
    const summary = costs.summary();
    // LangChain zeroes the first caller's message too: the ledger has copied the numbers before.
    expect(first.usage_metadata?.input_tokens).toBe(0);
    expect(summary).toMatchObject({ requests: 2, cached: 1, spentNanoUsd: paid, avoidedNanoUsd: paid });
    expect(summary.spentNanoUsd).toBe(server.invoice().totalNanoUsd);
    expect(summary.byStrategy["langchain-cache"]).toMatchObject({ avoidedNanoUsd: paid, events: 1 });
  });

  it("attributes costs to tags, metadata, users, runs and chains", async () => {
    const costs = new CostCallbackHandler({ labels: { metadata: ["customer"] } });
    const chain = ChatPromptTemplate.fromTemplate("Say {word}").pipe(openai()).withConfig({ runName: "greeter" });
    await chain.invoke(
      { word: "hi" },
      { callbacks: [costs], tags: ["greeting"], metadata: { customer: "acme", userId: "u1", tenant: "t1", other: "x" } },
    );
    await chain.invoke(
      { word: "bye" },
      { callbacks: [costs], tags: ["farewell"], metadata: { customer: "zeta", userId: "u2", tenant: "t1" } },
    );
    const total = server.invoice().totalNanoUsd;
    const keysBy = (by: Parameters<typeof costs.summary>[0] & object) => new Set(costs.summary(by).groups.map(({ key }) => key));
    expect(keysBy({ by: "tag" })).toEqual(new Set(["greeting", "farewell"]));
    expect(keysBy({ by: "metadata:customer" })).toEqual(new Set(["acme", "zeta"]));
    expect(keysBy({ by: "user" })).toEqual(new Set(["u1", "u2"]));
    expect(keysBy({ by: "chain" })).toEqual(new Set(["greeter"]));
    for (const by of ["tag", "metadata:customer", "user", "tenant", "run", "runName"] as const) {
      expect(costs.summary({ by }).groups.reduce((sum, group) => sum + group.spentNanoUsd, 0)).toBe(total);
    }
    expect(costs.summary({ where: { user: "u1" }, by: "tenant" })).toMatchObject({ requests: 1, complete: true, groups: [{ key: "t1" }] });
    expect(JSON.stringify(costs.entries())).not.toContain("other");
    expect(() => costs.summary({ by: "metadata:nope" })).toThrow(InvalidOptionError);
  });

  it("knows the cost of a run while it runs and afterwards, and keeps no open run", async () => {
    const costs = new CostCallbackHandler();
    const runId = "0190a000-0000-7000-8000-000000000001";
    let inside: number | undefined;
    const chain = RunnableLambda.from(async (text: string, config) => {
      await openai().invoke(text, config);
      inside = costs.costOf(runId)?.spentNanoUsd;
      return (await openai().invoke(`${text} again`, config)).text;
    });
    await chain.invoke("hello", { callbacks: [costs], runId });
    const cost = costs.costOf(runId);
    expect(cost).toMatchObject({ calls: 2, running: false, spentNanoUsd: server.invoice().totalNanoUsd });
    expect(inside).toBeGreaterThan(0);
    expect(inside).toBeLessThan(cost?.spentNanoUsd ?? 0);
    expect(costs.recorder.openRuns).toBe(0);
  });

  it("fires once for one instance on model and call", async () => {
    const costs = new CostCallbackHandler();
    await openai({ callbacks: [costs] }).invoke("hello", { callbacks: [costs] });
    expect(costs.summary().calls).toBe(1);
  });

  it("counts retries and fallbacks once each, and no request twice", async () => {
    const costs = new CostCallbackHandler();
    server.script([{ status: 500 }, "recovered", { status: 500 }, "fell back"]);
    await openai()
      .withRetry({ stopAfterAttempt: 2 })
      .invoke("try", { callbacks: [costs] });
    await openai()
      .withFallbacks([openai()])
      .invoke("fall back", { callbacks: [costs] });
    expect(costs.summary()).toMatchObject({ requests: 2, calls: 4, errors: 2, retries: 2, spentNanoUsd: server.invoice().totalNanoUsd });
    const [failed, retried] = costs.entries();
    expect(retried).toMatchObject({ attempt: 2, retryOf: failed?.id, status: "ok" });
  });

  it("charges an aborted stream its prompt and what was streamed", async () => {
    const costs = new CostCallbackHandler();
    server.script([{ text: "one two three four five six seven eight nine ten eleven twelve", chunkDelayMs: 20, tokensPerChunk: 1 }]);
    const controller = new AbortController();
    await expect(async () => {
      const stream = await openai().stream("Count.", { callbacks: [costs], signal: controller.signal });
      let seen = 0;
      for await (const chunk of stream) if (chunk.text !== "" && (seen += 1) === 4) controller.abort();
    }).rejects.toThrow();
    await costs.flush();
    const [entry] = costs.entries();
    expect(entry).toMatchObject({ status: "aborted", estimateReasons: ["stream-aborted"], confidence: "estimated" });
    expect(entry?.usage?.outputTokens).toBeGreaterThanOrEqual(3);
    expect(costs.summary()).toMatchObject({ aborted: 1, wasteNanoUsd: entry?.nanoUsd });
    expect(costs.recorder.openRuns).toBe(0);
  });

  it("settles a stream that its reader has left", async () => {
    let now = 0;
    const costs = new CostCallbackHandler({ abandonedAfterMs: 1_000, clock: { now: () => 1_760_000_000_000 + now, monotonic: () => now } });
    const stream = await openai().stream("Read a bit of me.", { callbacks: [costs] });
    for await (const chunk of stream) if (chunk.text !== "") break;
    await costs.flush();
    expect(costs.entries()).toHaveLength(0);
    now = 1_001;
    await costs.flush();
    expect(costs.entries()).toMatchObject([{ status: "abandoned", estimateReasons: ["stream-abandoned"] }]);
  });

  it("adds savings events once, however they come", async () => {
    const costs = new CostCallbackHandler({ labels: { tenant: ["tenant"] } });
    const event = savings();
    const chain = RunnableLambda.from(async (input: string, config) => {
      costs.recordSavings(event);
      const manager = config.callbacks as { handleCustomEvent(name: string, data: unknown, id?: string): Promise<void> };
      await manager.handleCustomEvent(SAVINGS_EVENT, event, "x");
      await manager.handleCustomEvent(SAVINGS_EVENT, event, "x");
      return input;
    });
    await chain.invoke("x", { callbacks: [costs], metadata: { tenant: "t1" } });
    const summary = costs.summary({ by: "tenant" });
    expect(summary.byStrategy["semantic-cache"]).toEqual({
      avoidedNanoUsd: 5_000,
      overheadNanoUsd: 0,
      netNanoUsd: 5_000,
      events: 1,
      unknownPrices: 0,
      reasons: { "hit:semantic": 1 },
    });
    expect(summary.avoidedNanoUsd).toBe(5_000);
    expect(summary.groups.find(({ key }) => key === "t1")?.avoidedNanoUsd).toBe(5_000);
  });

  it("prices an event without a price by its usage and model", () => {
    const costs = new CostCallbackHandler();
    costs.recordSavings(savings({ nanoUsd: null, model: MODEL, usage: { inputTokens: 1_000, outputTokens: 100 } }));
    costs.recordSavings(savings({ id: "event-2", decisionId: "decision-2", nanoUsd: null }));
    expect(costs.summary()).toMatchObject({ avoidedNanoUsd: 560_000, unknownPrices: 1 });
  });

  it("lets an avoided event win over the mark on the answer, in either order", async () => {
    const mark = { kind: "semantic", entryId: "e", decisionId: "decision-1", savedUsage: { inputTokens: 10, outputTokens: 10 } };
    for (const order of ["event first", "mark first"]) {
      const costs = new CostCallbackHandler();
      const model = new FakeListChatModel({ responses: ["x"] });
      model._generate = async () => ({
        generations: [
          { text: "x", message: new AIMessage({ content: "x", response_metadata: { semanticCache: mark, model_name: MODEL } }) },
        ],
      });
      if (order === "event first") costs.recordSavings(savings());
      await model.invoke("x", { callbacks: [costs] });
      if (order === "mark first") costs.recordSavings(savings());
      expect(costs.summary(), order).toMatchObject({ avoidedNanoUsd: 5_000, cached: 1, spentNanoUsd: 0 });
      expect(costs.summary().byStrategy["semantic-cache"]?.events, order).toBe(1);
    }
  });

  it("counts overhead once: tagged calls where they are recorded, events only when the ledger does not see them", async () => {
    const costs = new CostCallbackHandler();
    await openai().invoke("summarise", { callbacks: [costs], tags: [OVERHEAD_TAG] });
    const paid = costs.summary().spentNanoUsd;
    costs.recordSavings(
      savings({
        kind: "overhead",
        strategy: "history-summarizer",
        nanoUsd: paid,
        usage: { inputTokens: 1, outputTokens: 1 },
        alreadyInLedger: true,
      }),
    );
    costs.recordSavings(savings({ id: "event-2", kind: "overhead", nanoUsd: nanoUsd(7) }));
    expect(costs.summary()).toMatchObject({
      requests: 0,
      calls: 1,
      spentNanoUsd: paid + 7,
      overheadNanoUsd: paid + 7,
      netNanoUsd: 0 - paid - 7,
    });
    expect(costs.summary().byStrategy["history-summarizer"]?.overheadNanoUsd).toBe(paid);
  });

  it("counts a model that wraps a model once", async () => {
    const costs = new CostCallbackHandler();
    const inner = openai();
    const outer = new FakeListChatModel({ responses: ["x"] });
    outer._generate = async (messages, _options, manager) => {
      const callbacks = new CallbackManager(manager?.runId, { handlers: [costs], inheritableHandlers: [costs] });
      const message = await inner.invoke(messages, { callbacks });
      return { generations: [{ text: message.text, message }] };
    };
    await outer.invoke("wrapped", { callbacks: [costs] });
    expect(costs.summary()).toMatchObject({ requests: 1, calls: 1, spentNanoUsd: server.invoice().totalNanoUsd });
  });

  it("swallows what is wrong with events and exporters", async () => {
    const costs = new CostCallbackHandler({
      logger: false,
      exporters: [{ export: () => Promise.reject(new Error("down")), close: () => Promise.reject(new Error("down")) }],
      onEntry: () => {
        throw new Error("listener");
      },
    });
    costs.recordSavings({ nonsense: true } as never);
    await openai().invoke("hello", { callbacks: [costs] });
    await costs.close();
    expect(costs.summary().calls).toBe(1);
    expect(costs.recorder.failures.counts).toMatchObject({ exporter: 1, "exporter-close": 1, "on-entry": 1 });
    expect(costs.recorder.droppedExports).toBe(1);
  });

  it("holds its size at a million calls", () => {
    const costs = new CostCallbackHandler({ recentEntries: 100, maxKeys: 50 });
    for (let call = 0; call < 2_000; call += 1) {
      costs.recordCost({ kind: "tool", model: "search", nanoUsd: nanoUsd(1), metadata: { userId: `u${call}` } });
    }
    const summary = costs.summary({ by: "user" });
    expect(summary.groups.length).toBeLessThanOrEqual(51);
    expect(summary.groups.reduce((sum, group) => sum + group.spentNanoUsd, 0)).toBe(2_000);
    expect(costs.entries()).toHaveLength(100);
    expect(costs.summary({ where: { user: "u1999" } })).toMatchObject({ calls: 1, complete: false });
  });
});
