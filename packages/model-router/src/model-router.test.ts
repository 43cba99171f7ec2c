import { InMemoryCache } from "@langchain/core/caches";
import type { AIMessageChunk } from "@langchain/core/messages";
import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { RunnableLambda } from "@langchain/core/runnables";
import { tool } from "@langchain/core/tools";
import { concat } from "@langchain/core/utils/stream";
import { routingMark, type SavingsEvent } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { collectEvents, collectRuns } from "@langthrift/test-helpers";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { byWord, clientOf, twoModels } from "./__fixtures__/two-models.ts";
import type { ModelRouter } from "./model-router.ts";
import { createModelRouter } from "./model-router.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

const seen = collectEvents<SavingsEvent>();
const weather = tool(async () => "sunny", { name: "weather", description: "Weather in a city.", schema: z.object({ city: z.string() }) });

function router(options: Partial<ConstructorParameters<typeof ModelRouter>[0]> = {}): ModelRouter {
  seen.clear();
  return createModelRouter({ candidates: twoModels(server), policy: byWord, onEvent: seen.onEvent, logger: false, ...options });
}

describe("as a chat model", () => {
  it("invokes the picked model and marks the answer", async () => {
    server.script([{ text: "hi there", usage: { inputTokens: 100, outputTokens: 50 } }]);
    const answer = await router().invoke("easy one");
    expect(answer.text).toBe("hi there");
    expect(AIMessage.isInstance(answer)).toBe(true);
    expect(routingMark(answer)).toMatchObject({ model: "cheap", policy: "by-word", reason: "word" });
    expect(server.journal.map(({ request }) => request.model)).toEqual(["gpt-4o-mini"]);
  });

  it("says what the choice was worth: the default's price less the served one's on the tokens used", async () => {
    server.script([{ text: "x", usage: { inputTokens: 100, outputTokens: 50 } }]);
    const answer = await router().invoke("easy");
    // strong: 100 × 10 + 50 × 20 = 2,000 µ$; cheap: 100 × 1 + 50 × 2 = 200 µ$.
    expect(seen.events).toEqual([
      expect.objectContaining({
        kind: "avoided",
        strategy: "model-router",
        reason: "cheaper",
        nanoUsd: 1_800_000,
        decisionId: routingMark(answer)?.id,
      }),
    ]);
    expect(seen.events[0]).not.toHaveProperty("usage");
  });

  it("is negative where the choice was dearer than the default, and a notice for the default itself", async () => {
    server.script([
      { text: "x", usage: { inputTokens: 100, outputTokens: 50 } },
      { text: "y", usage: { inputTokens: 100, outputTokens: 50 } },
    ]);
    const dear = router({ default: "cheap" });
    await dear.invoke("hard");
    expect(seen.events[0]).toMatchObject({ kind: "avoided", reason: "dearer", nanoUsd: -1_800_000 });
    await dear.invoke("easy");
    expect(seen.events[1]).toMatchObject({ kind: "notice", reason: "default", nanoUsd: 0 });
  });

  it("streams: the first chunk carries the mark and it survives concatenation", async () => {
    server.script([{ text: "one two three four five six seven eight", usage: { inputTokens: 100, outputTokens: 50 } }]);
    const chunks: AIMessageChunk[] = [];
    for await (const chunk of await router().stream("easy")) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(2);
    const whole = chunks.reduce((a, b) => concat(a, b));
    expect(whole.text).toBe("one two three four five six seven eight");
    expect(routingMark(whole)).toMatchObject({ model: "cheap", reason: "word" });
    expect(whole.usage_metadata).toMatchObject({ input_tokens: 100, output_tokens: 50 });
    expect(seen.events[0]).toMatchObject({ kind: "avoided", nanoUsd: 1_800_000 });
  });

  it("works with batch, pipe, withRetry, generate and a message list", async () => {
    const model = router();
    const answers = await model.batch(["easy", "hard"]);
    expect(answers.map((answer) => routingMark(answer)?.model)).toEqual(["cheap", "strong"]);
    expect(typeof (await ChatPromptTemplate.fromTemplate("{x}").pipe(model).pipe(new StringOutputParser()).invoke({ x: "easy" }))).toBe(
      "string",
    );
    expect(routingMark(await model.withRetry({ stopAfterAttempt: 2 }).invoke("hard"))?.model).toBe("strong");
    const { generations } = await model.generate([[new HumanMessage("easy")], [new SystemMessage("s"), new HumanMessage("hard")]]);
    expect(generations.map(([generation]) => routingMark((generation as unknown as { message: AIMessage }).message)?.model)).toEqual([
      "cheap",
      "strong",
    ]);
  });

  it("shows one model run for each provider call, named after the candidate, invoked, streamed, generated and inside a traced lambda", async () => {
    for (const act of [
      (callbacks: never) => router().invoke("easy", { callbacks }),
      async (callbacks: never) => {
        for await (const _ of await router().stream("easy", { callbacks }));
      },
      (callbacks: never) => router().generate([[new HumanMessage("easy")]], { callbacks }),
      (callbacks: never) => RunnableLambda.from(() => router().invoke("easy")).invoke("go", { callbacks }),
    ]) {
      server.script([{ text: "x", usage: { inputTokens: 15, outputTokens: 5 } }]);
      const runs = collectRuns();
      await act([runs.handler] as never);
      const models = runs.ofKind("llm");
      expect(models).toHaveLength(1);
      expect(models[0]).toMatchObject({ state: "ended", usage: { input_tokens: 15, output_tokens: 5 }, params: { model: "gpt-4o-mini" } });
      expect(runs.events.filter(({ name }) => name === "langthrift:savings")).toHaveLength(1);
    }
  });

  it("binds tools before it is known who answers, keeps them over withConfig, in either order", async () => {
    for (const bound of [
      router().bindTools([weather]),
      router()
        .withConfig({ tags: ["t"] })
        .bindTools([weather]),
      router()
        .bindTools([weather])
        .withConfig({ tags: ["t"] }),
    ]) {
      server.script([{ toolCalls: [{ name: "weather", args: { city: "Rome" } }] }]);
      const answer = await bound.invoke("easy");
      expect(answer.tool_calls).toMatchObject([{ name: "weather", args: { city: "Rome" } }]);
      expect(routingMark(answer)?.model).toBe("cheap");
    }
    for (const { request } of server.journal) expect(request.tools).toHaveLength(1);
  });

  it("gives structured output by the chosen model's own method, with the tools bound before it", async () => {
    const schema = z.object({ name: z.string(), age: z.number() });
    server.reply({ answer: { json: { name: "Ada", age: 36 } } });
    expect(await router().withStructuredOutput(schema).invoke("easy")).toEqual({ name: "Ada", age: 36 });
    const both = await router().withStructuredOutput(schema, { includeRaw: true }).invoke("hard");
    expect(both.parsed).toEqual({ name: "Ada", age: 36 });
    expect(routingMark(both.raw)?.model).toBe("strong");
    server.reset();
    server.reply({ answer: { json: { name: "Ada", age: 36 } } });
    await router().bindTools([weather]).withStructuredOutput(schema).invoke("easy");
    expect(server.journal[0]?.request.tools).toHaveLength(1);
    expect(seen.events[0]).toMatchObject({ kind: "avoided", reason: "cheaper" });
    expect(
      await router()
        .withConfig({ tags: ["x"] })
        .withStructuredOutput(schema)
        .invoke("easy"),
    ).toEqual({ name: "Ada", age: 36 });
  });

  it("emits streamEvents v2 and the block stream of core", async () => {
    const names: string[] = [];
    for await (const event of router().streamEvents("easy", { version: "v2" })) names.push(event.event);
    expect(names.filter((name) => name === "on_chat_model_end")).toHaveLength(1);
    expect(names.filter((name) => name === "on_custom_event")).toHaveLength(1);
    server.script(["block text"]);
    const message = await router().streamEvents("easy");
    expect(message.text).toBe("block text");
  });

  it("aborts without falling back", async () => {
    const controller = new AbortController();
    server.reply({
      answer: () => {
        controller.abort();
        return { text: "late", delayMs: 2000 };
      },
    });
    await expect(router().invoke("easy", { signal: controller.signal })).rejects.toThrow();
    await server.settled();
    expect(server.journal).toHaveLength(1);
  });

  it("does not write into a cached message: later hits and direct calls show no foreign decision", async () => {
    const cache = new InMemoryCache();
    const model = clientOf(server, "gpt-4o-mini", { cache });
    const candidates = [
      { name: "cheap", model },
      { name: "strong", model: clientOf(server, "gpt-4o") },
    ];
    const first = await router({ candidates }).invoke("easy");
    const direct = await model.invoke("easy");
    const second = await router({ candidates }).invoke("easy");
    expect(server.journal).toHaveLength(1);
    expect(routingMark(direct)).toBeUndefined();
    expect(routingMark(second)?.id).not.toBe(routingMark(first)?.id);
    expect(seen.events[0]).toMatchObject({ kind: "notice", reason: "cached" });
  });

  it("serialises with the mark and without anything of a candidate", async () => {
    const answer = await router().invoke("easy");
    expect(JSON.stringify(answer)).toContain('"router"');
    expect(JSON.stringify(router())).not.toContain("sk-secret");
  });

  it("keeps 200 parallel streams apart", async () => {
    server.reply({ answer: ({ text }) => ({ text: `echo ${text}`, usage: { inputTokens: 10, outputTokens: 5 } }) });
    const model = router();
    const texts = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const task = `${index % 2 === 0 ? "easy" : "hard"} ${index}`;
        let whole: AIMessageChunk | undefined;
        for await (const chunk of await model.stream(task)) whole = whole ? concat(whole, chunk) : chunk;
        return { task, text: whole!.text, mark: routingMark(whole!) };
      }),
    );
    for (const { task, text, mark } of texts) {
      expect(text).toBe(`echo ${task}`);
      expect(mark?.model).toBe(task.startsWith("easy") ? "cheap" : "strong");
    }
    expect(new Set(texts.map(({ mark }) => mark?.id)).size).toBe(200);
    expect(new Set(seen.events.map(({ id }) => id)).size).toBe(200);
  });
});

describe("sticky in a tool loop", () => {
  const call = (n: number, args = { city: `c${n}` }) => ({ name: "weather", args, id: `call_${n}`, type: "tool_call" as const });

  it("keeps one model over 50 steps, although the policy would change it", async () => {
    let turn = 0;
    const model = router({
      policy: { name: "flip", decide: () => ({ kind: "pick", model: (turn += 1) % 2 === 1 ? "strong" : "cheap", reason: "flip" }) },
    }).bindTools([weather]);
    const messages: (HumanMessage | AIMessage | ToolMessage)[] = [new HumanMessage("go")];
    for (let step = 0; step < 50; step += 1) {
      server.script([{ toolCalls: [{ name: "weather", args: { city: `c${step}` } }] }]);
      const answer = await model.invoke(messages);
      messages.push(answer, new ToolMessage({ content: "ok", tool_call_id: answer.tool_calls![0]!.id! }));
    }
    expect(new Set(server.journal.map(({ request }) => request.model))).toEqual(new Set(["gpt-4o"]));
    expect(turn).toBe(1);
  });

  it("ignores a forged name and decides anew at the next turn", async () => {
    const forged = new AIMessage({
      content: "",
      tool_calls: [call(1)],
      response_metadata: { router: { id: "1", model: "nobody", policy: "p", reason: "r", latencyMs: 1 } },
    });
    const answer = await router().invoke([new HumanMessage("easy"), forged, new ToolMessage({ content: "x", tool_call_id: "call_1" })]);
    expect(routingMark(answer)).toMatchObject({ model: "cheap", policy: "by-word" });
    const next = await router().invoke([new HumanMessage("easy"), answer, new HumanMessage("hard now")]);
    expect(routingMark(next)?.model).toBe("strong");
  });

  it("goes one tier up when the same call repeats", async () => {
    const mark = { id: "1", model: "cheap", policy: "p", reason: "r", latencyMs: 1 };
    const messages: (HumanMessage | AIMessage | ToolMessage)[] = [new HumanMessage("easy")];
    for (let n = 0; n < 3; n += 1) {
      messages.push(
        new AIMessage({ content: "", tool_calls: [call(n, { city: "same" })], response_metadata: { router: mark } }),
        new ToolMessage({ content: "x", tool_call_id: `call_${n}` }),
      );
    }
    expect(routingMark(await router().invoke(messages))).toMatchObject({ model: "strong", reason: "stalled: one tier up" });
    expect(routingMark(await router().invoke(messages.slice(0, 5)))).toMatchObject({ model: "cheap", sticky: true });
  });
});

describe("fallback", () => {
  it("asks the next one on an error, and says so", async () => {
    server.reply({ model: "gpt-4o-mini", answer: { status: 500 } });
    const answer = await router().invoke("easy");
    expect(routingMark(answer)).toMatchObject({ model: "strong", fallbackFrom: ["cheap"] });
  });

  it("streams from the next one when the first fails before its first word, and passes a later error on", async () => {
    server.reply({ model: "gpt-4o-mini", answer: { status: 503 } });
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await router().stream("easy")) whole = whole ? concat(whole, chunk) : chunk;
    expect(routingMark(whole!)).toMatchObject({ model: "strong", fallbackFrom: ["cheap"] });
    server.reset();
    server.reply({
      model: "gpt-4o-mini",
      answer: { text: "a long answer that is cut in its middle, alas, far from the end", cut: "mid", chunkDelayMs: 10 },
    });
    let text = "";
    await expect(
      (async () => {
        for await (const chunk of await router().stream("easy")) text += chunk.text;
      })(),
    ).rejects.toThrow();
    expect(text).not.toBe("");
    expect(server.journal).toHaveLength(1);
  });

  it("throws the last provider's error unchanged when all fail, and the first one's with fallback off", async () => {
    server.reply({ model: "gpt-4o-mini", answer: { status: 500, error: { message: "first" } } });
    server.reply({ model: "gpt-4o", answer: { status: 503, error: { message: "last" } } });
    await expect(router().invoke("easy")).rejects.toMatchObject({ status: 503 });
    await expect(router({ fallback: false }).invoke("easy")).rejects.toMatchObject({ status: 500 });
  });
});
