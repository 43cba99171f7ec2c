import { InMemoryCache } from "@langchain/core/caches";
import { BaseLanguageModel } from "@langchain/core/language_models/base";
import { type AIMessageChunk, HumanMessage } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { RunnableLambda } from "@langchain/core/runnables";
import { tool } from "@langchain/core/tools";
import { concat } from "@langchain/core/utils/stream";
import { routingMark, type SavingsEvent } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { collectEvents, collectRuns } from "@langthrift/test-helpers";
import { createAgent } from "langchain";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { byWord, clientOf, twoModels } from "./__fixtures__/two-models.ts";
import { createCascade } from "./cascade/cascade-model.ts";
import { logprobScorer } from "./cascade/logprob-scorer.ts";
import { createModelRouter, type ModelRouter } from "./model-router.ts";
import type { ModelRouterOptions } from "./model-router-options.ts";
import { heuristicPolicy } from "./policies/heuristic-policy.ts";

// What LangChain.js does that a router stumbles over; each found in its source or by a call.

const server = await startModelServer();
afterAll(() => server.close());
const seen = collectEvents<SavingsEvent>();
beforeEach(() => {
  server.reset();
  seen.clear();
});
afterEach(() => void vi.restoreAllMocks());

const router = (options: Partial<ModelRouterOptions> = {}): ModelRouter =>
  createModelRouter({ candidates: twoModels(server), policy: byWord, onEvent: seen.onEvent, logger: false, ...options });
const weather = tool(async () => "sunny", { name: "weather", description: "Weather.", schema: z.object({ city: z.string() }) });

describe("LangChain's traps", () => {
  it("createAgent refuses a model without bindTools, and one with a public field `tools` that holds some", async () => {
    const model = router();
    expect(typeof model.bindTools).toBe("function");
    expect("tools" in model.bindTools([weather])).toBe(false);
    await expect(
      createAgent({ model: model.bindTools([weather]), tools: [] }).invoke({ messages: [new HumanMessage("easy")] }),
    ).resolves.toBeDefined();
  });

  it("keeps one model run a stream, also inside a traced lambda and with callbacks bound before", async () => {
    const runs = collectRuns();
    const lambda = RunnableLambda.from(async () => {
      for await (const _ of await router().stream("easy"));
      return "done";
    });
    await lambda.invoke("go", { callbacks: [runs.handler] });
    for await (const _ of await router()
      .withConfig({ callbacks: [runs.handler] })
      .stream("easy"));
    expect(runs.ofKind("llm").map(({ state, params }) => [state, params["model"]])).toEqual([
      ["ended", "gpt-4o-mini"],
      ["ended", "gpt-4o-mini"],
    ]);
  });

  it("streams through a pipe, chunk by chunk", async () => {
    server.reply({ answer: { text: "one two three four five six seven eight nine ten eleven twelve" } });
    const parts: string[] = [];
    const chain = ChatPromptTemplate.fromTemplate("{x}").pipe(router()).pipe(new StringOutputParser());
    for await (const part of await chain.stream({ x: "easy" })) parts.push(part);
    expect(parts.join("")).toBe("one two three four five six seven eight nine ten eleven twelve");
    expect(parts.filter((part) => part !== "").length).toBeGreaterThan(2);
  });

  it("a stream that is left early ends the provider's and claims no savings", async () => {
    server.reply({ answer: { text: "word ".repeat(200), chunkDelayMs: 5 } });
    for await (const chunk of await router().stream("easy")) if (chunk.text !== "") break;
    await server.settled();
    expect(seen.events.filter(({ kind }) => kind === "avoided")).toEqual([]);
    expect(server.journal).toHaveLength(1);
  });

  it("marks a stream that comes from a cache, and writes nothing into the cached message", async () => {
    const cache = new InMemoryCache();
    const model = clientOf(server, "gpt-4o-mini", { cache });
    const [, strong] = twoModels(server);
    const routed = router({
      candidates: [
        { name: "cheap", model, tier: 0 },
        { ...strong!, tier: 1 },
      ],
    });
    await routed.invoke("easy");
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await routed.stream("easy")) whole = whole ? concat(whole, chunk) : chunk;
    expect(routingMark(whole!)?.model).toBe("cheap");
    expect(routingMark(await model.invoke("easy"))).toBeUndefined();
  });

  it("marks an answer whose provider leaves the role out of the first chunk, once, with its usage", async () => {
    server.reply({ answer: { text: "a few words in an answer", roleOnFirstDelta: false, usage: { inputTokens: 100, outputTokens: 50 } } });
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await router().stream("easy")) whole = whole ? concat(whole, chunk) : chunk;
    expect(routingMark(whole!)?.model).toBe("cheap");
    expect(seen.events).toEqual([expect.objectContaining({ kind: "avoided", nanoUsd: 1_800_000 })]);
  });

  it("never asks LangChain for token counts, which would go to the network", async () => {
    const count = vi.spyOn(BaseLanguageModel.prototype, "getNumTokens");
    await router({ budget: { limitUsd: 1, windowMs: 1000, onExceeded: "cheapest" } }).invoke("easy");
    await router({ tokenCounter: { count: (text) => text.length, isExact: () => false } }).invoke("easy");
    expect(count).not.toHaveBeenCalled();
  });

  it("gets log-probabilities only from a model constructed with them: withConfig and call options are ignored", async () => {
    server.reply({ answer: { text: "sure", logprob: Math.log(0.9) } });
    const [cheap, strong] = twoModels(server);
    const bound = clientOf(server, "gpt-4o-mini").withConfig({ logprobs: true } as never);
    expect((await bound.invoke("q")).response_metadata["logprobs"] ?? null).toBeNull();
    const cascade = (model: typeof cheap) =>
      createCascade({ steps: [{ candidate: model!, accept: logprobScorer(), threshold: 0.5 }], final: strong!, logger: false });
    expect(routingMark(await cascade(cheap).invoke("q", { logprobs: true } as never))?.reason).toContain("cannot judge");
    const constructed = { ...cheap!, model: clientOf(server, "gpt-4o-mini", { logprobs: true }) };
    expect(routingMark(await cascade(constructed).invoke("q"))?.reason).toBe("accepted");
  });

  it("tells the ledger of the draft in streamEvents, tagged, and streams the answer once", async () => {
    server.reply({ model: "gpt-4o-mini", answer: { text: "the draft" } });
    server.reply({ model: "gpt-4o", answer: { text: "the answer" } });
    const [cheap, strong] = twoModels(server);
    const never = { name: "never", score: () => ({ score: 0 }) };
    const cascade = createCascade({ steps: [{ candidate: cheap!, accept: never, threshold: 0.5 }], final: strong!, logger: false });
    const ends: [string, boolean][] = [];
    for await (const { event, tags = [], data } of cascade.streamEvents("q", { version: "v2" })) {
      if (event === "on_chat_model_end") ends.push([(data as { output: AIMessageChunk }).output.text, tags.includes("langsmith:nostream")]);
    }
    expect(ends).toEqual([
      ["the draft", true],
      ["the answer", false],
    ]);
  });

  it("routes to a router: the inner mark gives way to the outer one, and each provider call is one run", async () => {
    const inner = router({ onEvent: undefined as never });
    const runs = collectRuns();
    const outer = router({
      candidates: [
        { name: "house", model: inner, tier: 0, price: { inputUsdPerMillion: 1, outputUsdPerMillion: 2 } },
        { name: "best", model: clientOf(server, "gpt-4.1"), tier: 1 },
      ],
      policy: { name: "fixed", decide: () => ({ kind: "pick", model: "house", reason: "fixed" }) },
    });
    const answer = await outer.invoke("hard", { callbacks: [runs.handler] });
    expect(routingMark(answer)?.model).toBe("house");
    expect(runs.ofKind("llm").map(({ params }) => params["model"])).toEqual(["gpt-4o"]);
  });

  it("makes a lazy candidate once, and tries again when that failed", async () => {
    let made = 0;
    const [cheap, strong] = twoModels(server);
    const lazy = {
      ...cheap!,
      model: async () => {
        made += 1;
        if (made === 1) throw new Error("no module");
        return clientOf(server, "gpt-4o-mini");
      },
    };
    const model = router({ candidates: [lazy, strong!] });
    expect(routingMark(await model.invoke("easy"))).toMatchObject({ model: "strong", fallbackFrom: ["cheap"] });
    for (let call = 0; call < 3; call += 1) expect(routingMark(await model.invoke("easy"))?.model).toBe("cheap");
    expect(made).toBe(2);
  });

  it("decides alike whatever the blanks around a request", async () => {
    const model = router({ policy: heuristicPolicy() });
    for (const task of ["Hello.", "Analyze this legal contract for liability risks.", "What is the capital of France?"]) {
      const plain = (await model.explain(task)).model;
      for (const other of [` ${task}`, `${task}\n`, `\t${task}  `]) expect((await model.explain(other)).model).toBe(plain);
    }
  });

  it("shows nothing secret in a decision, an event or an error", async () => {
    server.reply({ answer: { status: 401, error: { message: "Incorrect API key" } } });
    const error = await router()
      .invoke("easy")
      .catch((caught: unknown) => caught);
    const model = router({ includeDecision: true });
    server.reset();
    const answer = await model.invoke("easy");
    for (const shown of [routingMark(answer), seen.events, (error as Error).message, model.toJSON()])
      expect(JSON.stringify(shown)).not.toContain("sk-secret");
  });
});
