import { InMemoryCache } from "@langchain/core/caches";
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { RunnableLambda } from "@langchain/core/runnables";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { ChatOpenAI } from "@langchain/openai";
import {
  approximateTokenCounter,
  BudgetExceededError,
  defaultTokenCounter,
  dispatchSavings,
  findError,
  nanoUsd,
  type SavingsEvent,
} from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { createAgent } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CostCallbackHandler } from "./cost-callback-handler.ts";
import { withCost } from "./metering/with-cost.ts";

const rates = { input: 400_000_000, cacheRead: 100_000_000, output: 1_600_000_000 };
let server: ModelServer;
beforeAll(async () => {
  // Loading it keeps the process busy for seconds, in which a server closes connections that are then used again.
  await defaultTokenCounter();
  server = await startModelServer({
    models: [
      { id: "gpt-4.1-mini", rates },
      { id: "gpt-4.1-nano", rates: { input: 100_000_000, output: 400_000_000 } },
    ],
  });
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const openai = (fields: object = {}) =>
  new ChatOpenAI({ model: "gpt-4.1-mini", apiKey: "sk-secret-key", maxRetries: 0, ...fields, configuration: { baseURL: server.url } });

const event: SavingsEvent = {
  version: 1,
  id: "e",
  decisionId: "d",
  strategy: "prompt-compressor",
  kind: "avoided",
  reason: "compressed",
  at: 1_760_000_000_000,
  nanoUsd: nanoUsd(42),
  details: {},
};

describe("traps of LangChain's callbacks", () => {
  it("`streaming: true` with invoke: not the estimate in llmOutput", async () => {
    const costs = new CostCallbackHandler();
    const model = openai({ streaming: true });
    // LangChain counts for its estimate with ranks that it would fetch from the network.
    const completions = Reflect.get(model, "completions") as { getNumTokens(text: string): Promise<number> };
    completions.getNumTokens = async () => 1;
    await model.invoke("Streamed inside of invoke", { callbacks: [costs] });
    expect(costs.summary()).toMatchObject({ estimated: 0, spentNanoUsd: server.invoice().totalNanoUsd });
  });

  it("`generate` of two prompts is two runs, and a client's own retry is none", async () => {
    const costs = new CostCallbackHandler();
    await openai().generate([[new HumanMessage("one")], [new HumanMessage("two")]], { callbacks: [costs] });
    expect(costs.summary().calls).toBe(2);
    server.script([{ status: 500 }, "second time"]);
    await openai({ maxRetries: 1 }).invoke("retry inside", { callbacks: [costs] });
    expect(costs.summary()).toMatchObject({ calls: 3, errors: 0, spentNanoUsd: server.invoice().totalNanoUsd });
  });

  it("`stream` never asks the built-in cache: it is paid again", async () => {
    const costs = new CostCallbackHandler();
    const model = openai({ cache: new InMemoryCache(new Map()) });
    await model.invoke("same", { callbacks: [costs] });
    for await (const chunk of await model.stream("same", { callbacks: [costs] })) void chunk;
    expect(costs.summary()).toMatchObject({ cached: 0, spentNanoUsd: server.invoice().totalNanoUsd });
    expect(server.journal).toHaveLength(2);
  });

  it("events reach the ledger from `_generate`, from a runnable, and from no run at all", async () => {
    const costs = new CostCallbackHandler();
    const model = new FakeListChatModel({ responses: ["x"] });
    model._generate = async (_messages, _options, runManager) => {
      await dispatchSavings({ ...event, id: "in-generate" }, { runManager });
      return { generations: [{ text: "x", message: new AIMessage("x") }] };
    };
    await model.invoke("x", { callbacks: [costs] });
    await RunnableLambda.from(async (_input: string, config) => dispatchSavings({ ...event, id: "in-lambda" }, { config })).invoke("x", {
      callbacks: [costs],
    });
    await dispatchSavings({ ...event, id: "bare" }, { config: { callbacks: [costs] } });
    expect(costs.summary().byStrategy["prompt-compressor"]).toMatchObject({ events: 3, avoidedNanoUsd: 126 });
  });

  it("refusing only the dear model degrades through `withFallbacks`", async () => {
    const costs = new CostCallbackHandler();
    const dear = withCost(openai(), { costs, budgets: [{ id: "dear", limitUsd: 0, window: { kind: "total" } }] });
    const answer = await dear.withFallbacks([openai({ model: "gpt-4.1-nano" })]).invoke("hello", { callbacks: [costs] });
    expect((answer as AIMessage).response_metadata["model_name"]).toBe("gpt-4.1-nano");
    expect(costs.summary()).toMatchObject({ refused: 1, spentNanoUsd: server.invoice().totalNanoUsd });
  });

  it("`withRetry` tries a refusal again unless it is told not to", async () => {
    const costs = new CostCallbackHandler();
    const model = withCost(openai(), { costs, budgets: [{ id: "b", limitUsd: 0, window: { kind: "total" } }] });
    const onFailedAttempt = (error: unknown): void => {
      if (findError(error, BudgetExceededError)) throw error;
    };
    await expect(model.withRetry({ stopAfterAttempt: 3, onFailedAttempt }).invoke("x")).rejects.toThrow(/Budget "b"/);
    expect(costs.summary().refused).toBe(1);
    await expect(model.withRetry({ stopAfterAttempt: 2 }).invoke("x")).rejects.toThrow(/Budget "b"/);
    expect(costs.summary().refused).toBe(3);
    expect(server.journal).toHaveLength(0);
  });

  it("two hundred calls at once add up to the nano-dollar", async () => {
    const costs = new CostCallbackHandler();
    const model = openai();
    await Promise.all(
      Array.from({ length: 200 }, (_, call) => model.invoke(`call ${call}`, { callbacks: [costs], metadata: { userId: `u${call % 3}` } })),
    );
    const { spentNanoUsd, groups } = costs.summary({ by: "user" });
    expect(spentNanoUsd).toBe(server.invoice().totalNanoUsd);
    expect(groups).toHaveLength(3);
    expect(costs.recorder.openRuns).toBe(0);
  });

  it("no key, header or text of a message is in an entry or in the handler's own JSON", async () => {
    const costs = new CostCallbackHandler();
    server.script(["an answer to keep quiet"]);
    await openai().invoke("a question to keep quiet", { callbacks: [costs] });
    const written = JSON.stringify([costs.entries(), costs, costs.summary({ by: "tag" })]);
    expect(written).not.toMatch(/sk-secret-key|keep quiet|authorization/i);
  });

  it("chain starts come in an order that is not the published one", async () => {
    const seen: (readonly unknown[])[] = [];
    class Listener extends CostCallbackHandler {
      override handleChainStart(...args: readonly unknown[]): void {
        seen.push(args);
        super.handleChainStart(...args);
      }
    }
    const costs = new Listener({ tokenCounter: approximateTokenCounter, logger: false });
    const inner = RunnableLambda.from((text: string) => text).withConfig({ runName: "inner" });
    const outer = RunnableLambda.from(async (text: string, config) => inner.invoke(text, config)).withConfig({ runName: "outer" });
    await outer.invoke("x", { callbacks: [costs], tags: ["tag"], metadata: { userId: "u" } });
    const [[, inputs, id, parentId, tags, metadata, runType, name] = [], [, , , innerParent] = []] = seen;
    expect({ inputs, parentId, tags, metadata, runType, name }).toMatchObject({
      inputs: { input: "x" },
      parentId: undefined,
      tags: ["tag"],
      metadata: { userId: "u" },
      name: "outer",
    });
    expect(innerParent).toBe(id);
  });

  it("a throw of ours in the middle of a stream stops no stream, also where the handler may refuse", async () => {
    let broken = false;
    const clock = {
      now: Date.now,
      monotonic: () => {
        if (broken) throw new Error("a bug of ours");
        return performance.now();
      },
    };
    const costs = new CostCallbackHandler({ clock, logger: false, budgets: [{ id: "b", limitUsd: 1, window: { kind: "total" } }] });
    expect(costs.raiseError).toBe(true);
    server.script(["a stream of several words"]);
    let text = "";
    for await (const chunk of await openai().stream("x", { callbacks: [costs] })) {
      broken = true;
      text += chunk.text;
    }
    expect(text).toBe("a stream of several words");
    expect(costs.recorder.failures.counts["token"]).toBeGreaterThan(0);
  });

  it("two instances count twice: each has its own books", async () => {
    const [first, second] = [new CostCallbackHandler(), new CostCallbackHandler()];
    await openai({ callbacks: [first] }).invoke("x", { callbacks: [second] });
    for (const costs of [first, second]) expect(costs.summary()).toMatchObject({ calls: 1, spentNanoUsd: server.invoice().totalNanoUsd });
  });

  it("an agent's calls hang below its graph, with its thread as the session", async () => {
    const costs = new CostCallbackHandler();
    server.script(["done"]);
    const agent = createAgent({ model: openai(), tools: [] });
    await agent.invoke({ messages: [new HumanMessage("go")] }, { callbacks: [costs], configurable: { thread_id: "t1" } });
    const [entry] = costs.entries();
    expect(entry).toMatchObject({ step: "model_request", sessionId: "t1", provider: "openai", requestedModel: "gpt-4.1-mini" });
    expect(entry?.chain.at(0)).toBe("model_request");
    expect(costs.summary({ by: "run" }).groups).toMatchObject([{ key: entry?.rootId }]);
  });

  it("`streamEvents()` without a version is read to its end, whoever reads it", async () => {
    for (const reader of ["leaves", "never reads"]) {
      const costs = new CostCallbackHandler();
      server.reset();
      server.script([{ text: "one two three four five", tokensPerChunk: 1, chunkDelayMs: 2 }]);
      const stream = withCost(openai(), { costs }).streamEvents("x");
      if (reader === "leaves") {
        for await (const event of stream) {
          void event;
          break;
        }
      }
      await expect.poll(() => costs.entries().length).toBe(1);
      expect(costs.entries(), reader).toMatchObject([{ status: "ok", usage: { outputTokens: server.journal[0]?.usage?.outputTokens } }]);
      expect(costs.summary(), reader).toMatchObject({ estimated: 0, spentNanoUsd: server.invoice().totalNanoUsd });
    }
  });

  it("cached tokens are charged once: a million in, 400,000 of them cached, cost $0.80 at gpt-5", () => {
    const costs = new CostCallbackHandler();
    costs.recordCost({ kind: "llm", model: "gpt-5", provider: "openai", usage: { inputTokens: 1_000_000, cacheReadTokens: 400_000 } });
    expect(costs.summary().spentNanoUsd).toBe(800_000_000);
  });
});
