import type { AIMessageChunk } from "@langchain/core/messages";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { concat } from "@langchain/core/utils/stream";
import { MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { routingMark, type SavingsEvent } from "@langthrift/core";
import { type AnswerToolCall, startModelServer } from "@langthrift/model-server";
import { collectEvents, collectRuns } from "@langthrift/test-helpers";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { clientOf, twoModels } from "../__fixtures__/two-models.ts";
import { llmPolicy } from "../policies/llm-policy.ts";
import { type CascadeModel, createCascade } from "./cascade-model.ts";
import type { CascadeOptions } from "./cascade-options.ts";
import { logprobScorer } from "./logprob-scorer.ts";
import { consistencyScorer, judgeScorer, selfVerifyScorer } from "./model-scorers.ts";
import type { QualityScorer } from "./quality-scorer.ts";
import { validatorScorer } from "./validator-scorer.ts";

const server = await startModelServer();
afterAll(() => server.close());
const seen = collectEvents<SavingsEvent>();
beforeEach(() => {
  server.reset();
  seen.clear();
  server.reply({ model: "gpt-4o-mini", answer: { text: "the draft of the cheap one", usage: { inputTokens: 100, outputTokens: 50 } } });
  server.reply({ model: "gpt-4o", answer: { text: "the answer of the strong one", usage: { inputTokens: 100, outputTokens: 50 } } });
});

const good: QualityScorer = { name: "good", score: () => ({ score: 1 }) };
const bad: QualityScorer = { name: "bad", score: () => ({ score: 0.2 }) };
const weather = tool(async () => "sunny", { name: "weather", description: "Weather in a city.", schema: z.object({ city: z.string() }) });

function cascade(
  accept: QualityScorer | readonly QualityScorer[],
  options: Partial<CascadeOptions> = {},
  fields?: Record<string, unknown>,
): CascadeModel {
  const [cheap, strong] = twoModels(server, fields);
  return createCascade({
    steps: [{ candidate: cheap!, accept, threshold: 0.5 }],
    final: strong!,
    onEvent: seen.onEvent,
    logger: false,
    ...options,
  });
}

const asked = () => server.journal.map(({ request }) => request.model);

describe("cascade", () => {
  it("returns an accepted draft and asks nobody else", async () => {
    const answer = await cascade(good).invoke("q");
    expect(answer.text).toBe("the draft of the cheap one");
    expect(routingMark(answer)).toMatchObject({ model: "cheap", policy: "cascade", reason: "accepted", score: 1, threshold: 0.5 });
    expect(asked()).toEqual(["gpt-4o-mini"]);
    // strong less cheap on 100 + 50 tokens: 2,000 - 200 µ$.
    expect(seen.events).toEqual([expect.objectContaining({ kind: "avoided", reason: "draft-accepted", nanoUsd: 1_800_000 })]);
  });

  it("escalates a rejected one without showing it to the strong model, and both are in the ledger", async () => {
    const runs = collectRuns();
    const answer = await cascade(bad).invoke("q", { callbacks: [runs.handler] });
    expect(answer.text).toBe("the answer of the strong one");
    expect(routingMark(answer)).toMatchObject({ model: "strong", reason: "escalated: bad below threshold", score: 0.2 });
    expect(asked()).toEqual(["gpt-4o-mini", "gpt-4o"]);
    expect(JSON.stringify(server.journal[1]!.request)).not.toContain("draft");
    expect(runs.ofKind("llm").map(({ params, usage, state }) => [params["model"], usage?.total_tokens, state])).toEqual([
      ["gpt-4o-mini", 150, "ended"],
      ["gpt-4o", 150, "ended"],
    ]);
    // The draft was paid for nothing: 200 µ$.
    expect(seen.events).toEqual([expect.objectContaining({ kind: "avoided", reason: "escalated", nanoUsd: -200_000 })]);
  });

  it("streams an accepted draft whole, and the strong model word by word; a rejected draft never shows", async () => {
    const collect = async (model: CascadeModel) => {
      const chunks: AIMessageChunk[] = [];
      for await (const chunk of await model.stream("q")) chunks.push(chunk);
      return { chunks, whole: chunks.reduce((a, b) => concat(a, b)) };
    };
    const accepted = await collect(cascade(good));
    expect(accepted.chunks).toHaveLength(1);
    expect(accepted.whole.text).toBe("the draft of the cheap one");
    expect(accepted.whole.usage_metadata).toMatchObject({ input_tokens: 100, output_tokens: 50 });
    const rejected = await collect(cascade(bad));
    expect(rejected.chunks.length).toBeGreaterThan(2);
    expect(rejected.whole.text).toBe("the answer of the strong one");
    expect(routingMark(rejected.whole)?.model).toBe("strong");
  });

  it("keeps the draft out of LangGraph's messages stream", async () => {
    for (const [accept, expected] of [
      [bad, "the answer of the strong one"],
      [good, "the draft of the cheap one"],
    ] as const) {
      const model = cascade(accept);
      const graph = new StateGraph(MessagesAnnotation)
        .addNode("agent", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
        .addEdge(START, "agent")
        .compile();
      let text = "";
      for await (const [message] of await graph.stream({ messages: [new HumanMessage("q")] }, { streamMode: "messages" }))
        text += message.text;
      expect(text).toBe(expected);
    }
  });

  it("judges a draft with tool calls by name and schema, asks no scorer, and keeps an escalated task escalated", async () => {
    const model = cascade(bad).bindTools([weather]);
    server.script([{ toolCalls: [{ name: "weather", args: { city: "Rome" } }] }]);
    const fit = await model.invoke("q");
    expect(routingMark(fit)).toMatchObject({ model: "cheap", reason: "accepted: tool calls fit" });
    const unfit: AnswerToolCall[] = [
      { name: "weather", args: { town: "Rome" } },
      { name: "unknown", args: { city: "Rome" } },
      { name: "weather", args: '{"city": ' },
    ];
    for (const call of unfit) {
      server.script([{ toolCalls: [call] }, { toolCalls: [{ name: "weather", args: { city: "Rome" }, id: "call_1" }] }]);
      const answer = await model.invoke("q");
      expect(routingMark(answer)).toMatchObject({ model: "strong", reason: "escalated: tool calls do not fit" });
      expect(answer.tool_calls).toMatchObject([{ name: "weather", args: { city: "Rome" } }]);
      const before = server.journal.length;
      await model.invoke([new HumanMessage("q"), answer, new ToolMessage({ content: "sunny", tool_call_id: "call_1" })]);
      expect(asked().slice(before)).toEqual(["gpt-4o"]);
    }
  });

  it("streams the tool calls of an accepted draft", async () => {
    server.script([{ toolCalls: [{ name: "weather", args: { city: "Rome" } }] }]);
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await cascade(good).bindTools([weather]).stream("q")) whole = whole ? concat(whole, chunk) : chunk;
    expect(whole?.tool_calls).toMatchObject([{ name: "weather", args: { city: "Rome" } }]);
  });

  it.each<[string, QualityScorer, string]>([
    ["returns null", { name: "s", score: () => null }, "s cannot judge"],
    ["returns no number", { name: "s", score: () => ({ score: Number.NaN }) }, "s cannot judge"],
    [
      "throws",
      {
        name: "s",
        score: () => {
          throw new Error("broken");
        },
      },
      "scorer failed",
    ],
    ["rejects", { name: "s", score: () => Promise.reject(new Error("broken")) }, "scorer failed"],
    ["never ends", { name: "s", score: () => new Promise(() => undefined) }, "scorer failed"],
  ])("escalates when a scorer %s", async (_what, scorer, reason) => {
    const model = cascade(scorer, { scoreTimeoutMs: 30 });
    expect(routingMark(await model.invoke("q"))).toMatchObject({ model: "strong", reason: `escalated: ${reason}` });
    expect(model.failures["scorer-failed"] ?? 0).toBe(reason === "scorer failed" ? 1 : 0);
  });

  it("asks scorers in order and stops at the first that rejects", async () => {
    const called: string[] = [];
    const named = (name: string, score: number): QualityScorer => ({
      name,
      score() {
        called.push(name);
        return { score };
      },
    });
    await cascade([named("a", 0.9), named("b", 0.1), named("c", 1)]).invoke("q");
    expect(called).toEqual(["a", "b"]);
  });

  it("goes on without a draft when the cheap model fails, and leaves it out for a while", async () => {
    server.reset();
    server.reply({ model: "gpt-4o-mini", answer: { status: 429, headers: { "retry-after": "60" } } });
    const model = cascade(good);
    expect(routingMark(await model.invoke("q"))?.model).toBe("strong");
    await model.invoke("q");
    expect(asked()).toEqual(["gpt-4o-mini", "gpt-4o", "gpt-4o"]);
  });

  it("needs no draft where the prefilter or the price limit says so", async () => {
    const prefilter = { name: "p", decide: () => ({ kind: "pick" as const, model: "strong", reason: "hard" }) };
    expect(routingMark(await cascade(good, { prefilter }).invoke("q"))?.reason).toContain("prefilter: hard");
    expect(routingMark(await cascade(good, { limitUsd: 0 }).invoke("q"))?.reason).toContain("over-limit");
    expect(asked()).toEqual(["gpt-4o", "gpt-4o"]);
  });

  it("reports what a prefilter spent as overhead, and stops with the request while it decides", async () => {
    server.reply({ model: "gpt-4.1-nano", answer: { json: { route: "strong" }, usage: { inputTokens: 200, outputTokens: 10 } } });
    const prefilter = llmPolicy(clientOf(server, "gpt-4.1-nano"), { timeoutMs: 30_000 });
    const answer = await cascade(good, { prefilter }).invoke("q");
    expect(routingMark(answer)?.reason).toBe("prefilter: chosen by a model");
    expect(seen.events.filter(({ kind }) => kind === "overhead")).toEqual([
      expect.objectContaining({ reason: "llm-router", decisionId: routingMark(answer)?.id, nanoUsd: 24_000, alreadyInLedger: true }),
    ]);
    server.reset();
    const controller = new AbortController();
    server.reply({
      answer: () => {
        controller.abort();
        return { json: { route: "strong" }, delayMs: 2_000 };
      },
    });
    await expect(cascade(good, { prefilter }).invoke("q", { signal: controller.signal })).rejects.toThrow();
    await server.settled();
    expect(asked()).toEqual(["gpt-4.1-nano"]);
  });

  it("gives structured output from a draft that fits, else from the strong model", async () => {
    const schema = z.object({ name: z.string() });
    server.reset();
    server.reply({ model: "gpt-4o-mini", times: 1, answer: { json: { name: "Ada" } } });
    server.reply({ model: "gpt-4o-mini", answer: { text: "no json" } });
    server.reply({ model: "gpt-4o", answer: { json: { name: "Grace" } } });
    const model = cascade(good).withStructuredOutput(schema);
    expect(await model.invoke("q")).toEqual({ name: "Ada" });
    expect(await model.invoke("q")).toEqual({ name: "Grace" });
  });

  it("stops when it is aborted, without asking the strong model", async () => {
    server.reset();
    const controller = new AbortController();
    server.reply({
      answer: () => {
        controller.abort();
        return { text: "late", delayMs: 2000 };
      },
    });
    await expect(cascade(good).invoke("q", { signal: controller.signal })).rejects.toThrow();
    await server.settled();
    expect(server.journal).toHaveLength(1);
  });

  it("refuses options that cannot work", () => {
    expect(() => cascade(good, { steps: [] })).toThrow("steps");
    expect(() => cascade(good, { scoreTimeoutMs: 0 })).toThrow("scoreTimeoutMs");
    expect(() => cascade(good, { limitUsd: -1 })).toThrow("limitUsd");
  });
});

describe("scorers", () => {
  it("logprob: reads a model that was constructed with log-probabilities, and cannot judge one without", async () => {
    server.reset();
    server.reply({ model: "gpt-4o-mini", answer: { text: "sure", logprob: Math.log(0.9) } });
    expect(routingMark(await cascade(logprobScorer(), {}, { logprobs: true }).invoke("q"))).toMatchObject({
      model: "cheap",
      score: expect.closeTo(0.9, 5),
    });
    expect(routingMark(await cascade(logprobScorer()).invoke("q"))?.reason).toContain("cannot judge");
    server.reset();
    server.reply({ model: "gpt-4o-mini", answer: { text: "a text with several tokens", logprob: Math.log(0.3) } });
    for (const measure of ["mean", "min", "quantile"] as const)
      expect(routingMark(await cascade(logprobScorer({ measure }), {}, { logprobs: true }).invoke("q"))?.model).toBe("strong");
  });

  it.each([
    ["JSON", "json" as const, '```json\n{"a": 1}\n```', true],
    ["JSON", "json" as const, "a: 1", false],
    ["a schema", z.object({ a: z.number() }), '{"a": 1}', true],
    ["a schema", z.object({ a: z.number() }), '{"a": "x"}', false],
    ["a pattern", /^\d+$/g, "42", true],
    ["a function", ({ text }: { text: string }) => text.length > 3, "42", false],
  ])("validator: %s", async (_what, validator, text, accepted) => {
    server.reset();
    server.reply({ model: "gpt-4o-mini", answer: { text } });
    const model = cascade(validatorScorer(validator));
    for (let again = 0; again < 2; again += 1) expect(routingMark(await model.invoke("q"))?.model).toBe(accepted ? "cheap" : "strong");
  });

  it("judge, self-verification and consistency ask as overhead, unseen by the user", async () => {
    const judge = clientOf(server, "judge");
    for (const [scorer, text, accepted] of [
      [judgeScorer({ model: judge }), "9", true],
      [judgeScorer({ model: judge }), "2", false],
      [judgeScorer({ model: judge }), "no idea", false],
      [selfVerifyScorer({ model: judge, k: 2 }), "yes", true],
      [selfVerifyScorer({ model: judge, k: 2 }), "no", false],
      [consistencyScorer({ model: judge, n: 2 }), "The draft of the CHEAP one.", true],
      [consistencyScorer({ model: judge, n: 2 }), "something else", false],
    ] as const) {
      server.reset();
      server.reply({ model: "judge", answer: { text } });
      const runs = collectRuns();
      server.reply({ model: "gpt-4o-mini", answer: { text: "the draft of the cheap one" } });
      const answer = await cascade(scorer).invoke("q", { callbacks: [runs.handler] });
      expect([scorer.name, text, routingMark(answer)?.model]).toEqual([scorer.name, text, accepted ? "cheap" : "strong"]);
      const own = runs.ofKind("llm").filter(({ params }) => params["model"] === "judge");
      expect(own.length).toBeGreaterThan(0);
      for (const { tags } of own) expect(tags).toEqual(expect.arrayContaining(["langthrift:overhead", "langsmith:nostream"]));
    }
  });
});
