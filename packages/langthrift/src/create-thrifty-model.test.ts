import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { BudgetExceededError, cacheMark, findError, InvalidOptionError, routingMark, type SavingsEvent } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { createAgent } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createThriftyModel, type ThriftyModelOptions } from "./create-thrifty-model.ts";

const rates = { input: 2_000_000_000, output: 8_000_000_000, cacheRead: 500_000_000 };
const cheapRates = { input: 400_000_000, output: 1_600_000_000, cacheRead: 100_000_000 };

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer({
    models: [
      { id: "gpt-4.1", rates },
      { id: "gpt-4.1-mini", rates: cheapRates },
    ],
  });
});
beforeEach(() => server.reset());
afterAll(() => server.close());

function thrifty(options: Partial<ThriftyModelOptions> = {}) {
  const client = (model: string) => new ChatOpenAI({ model, apiKey: "test", maxRetries: 0, configuration: { baseURL: server.url } });
  return createThriftyModel({ strong: client("gpt-4.1"), cheap: client("gpt-4.1-mini"), scope: "test", logger: false, ...options });
}

const EASY = "Hello!";
const HARD =
  "Analyse step by step the liability clauses of this contract, compare them with the former version, and explain why section 4.2 exposes us to more risk.";

describe("createThriftyModel", () => {
  it("answers a repeat for nothing, and the ledger agrees with the server to the nano-dollar", async () => {
    const events: SavingsEvent[] = [];
    const { model, ledger, close } = thrifty({ onEvent: (event) => events.push(event) });
    const first = await model.invoke(EASY);
    const repeat = await model.invoke(EASY);
    await model.invoke(HARD);
    expect(repeat.content).toBe(first.content);
    expect(cacheMark(repeat)).toMatchObject({ kind: "exact", savedUsage: { inputTokens: expect.any(Number) } });
    expect(server.journal).toHaveLength(2);
    const summary = ledger.summary();
    expect(summary.spentNanoUsd).toBe(server.invoice().totalNanoUsd);
    expect(summary.byStrategy["semantic-cache"]?.avoidedNanoUsd).toBeGreaterThan(0);
    expect(events.some(({ strategy, kind }) => strategy === "semantic-cache" && kind === "avoided")).toBe(true);
    await close();
  });

  it("sends the easy request to the cheap model and the hard one to the dear one", async () => {
    const { model, close } = thrifty();
    expect(routingMark(await model.invoke(EASY))?.model).toBe("gpt-4.1-mini");
    expect(routingMark(await model.invoke(HARD))?.model).toBe("gpt-4.1");
    await close();
  });

  it("streams a miss and a hit alike", async () => {
    const { model, ledger, close } = thrifty();
    const read = async () => {
      let text = "";
      for await (const chunk of await model.stream(EASY)) text += chunk.text;
      return text;
    };
    const first = await read();
    expect(first.length).toBeGreaterThan(0);
    expect(await read()).toBe(first);
    expect(server.journal).toHaveLength(1);
    expect(ledger.summary().spentNanoUsd).toBe(server.invoice().totalNanoUsd);
    await close();
  });

  it("keeps tenants apart, and bypasses the cache without one", async () => {
    const { model, close } = thrifty({ scope: (query) => query.metadata?.["tenant"] as string | undefined });
    const ask = (tenant?: string) => model.invoke(EASY, tenant === undefined ? {} : { metadata: { tenant } });
    await ask("a");
    expect(cacheMark(await ask("b"))).toBeUndefined();
    expect(cacheMark(await ask("a"))).toBeDefined();
    expect(cacheMark(await ask())).toBeUndefined();
    expect(cacheMark(await ask())).toBeUndefined();
    await close();
  });

  it("works in an agent with a tool, with structured output and in a batch", async () => {
    const { model, ledger, close } = thrifty();
    const weather = tool(({ city }) => `Sunny in ${city}`, {
      name: "weather",
      description: "The weather.",
      schema: z.object({ city: z.string() }),
    });
    server.script([{ toolCalls: [{ name: "weather", args: { city: "Bonn" } }] }, "It is sunny in Bonn."]);
    const { messages } = await createAgent({ model, tools: [weather] }).invoke({
      messages: [{ role: "user", content: "Weather in Bonn?" }],
    });
    expect(messages.at(-1)?.content).toBe("It is sunny in Bonn.");

    server.script([{ json: { city: "Bonn" } }]);
    const structured = model.withStructuredOutput(z.object({ city: z.string() }));
    expect(await structured.invoke("Which city?")).toEqual({ city: "Bonn" });
    expect(await structured.invoke("Which city?")).toEqual({ city: "Bonn" });

    const answers = await model.batch([EASY, EASY, EASY]);
    expect(new Set(answers.map(({ content }) => content)).size).toBe(1);
    expect(ledger.summary().spentNanoUsd).toBe(server.invoice().totalNanoUsd);
    await close();
  });

  it("goes on to the other model when one fails", async () => {
    const { model, close } = thrifty();
    server.reply({ model: "gpt-4.1-mini", answer: { status: 500 } });
    const answer = await model.invoke(EASY);
    expect(routingMark(answer)).toMatchObject({ model: "gpt-4.1", fallbackFrom: ["gpt-4.1-mini"] });
    await close();
  });

  it("goes on as if it were not there when the embedding fails", async () => {
    const broken = {
      embedQuery: () => Promise.reject(new Error("embedding is down")),
      embedDocuments: () => Promise.reject(new Error("embedding is down")),
    };
    const { model, cache, close } = thrifty({ embeddings: broken });
    expect((await model.invoke(EASY)).content).not.toBe("");
    expect(Object.keys(cache?.stats().failures ?? {})).not.toHaveLength(0);
    await close();
  });

  it("refuses over a hard budget, but not what the cache answers", async () => {
    const { model, close } = thrifty({ budgets: [{ id: "test", limitUsd: 0.001, reserveOutput: 10, window: { kind: "total" } }] });
    await model.invoke(EASY);
    let refusal: unknown;
    for (let call = 0; call < 20 && !refusal; call += 1) {
      refusal = await model.invoke(`${HARD} Version ${call}.`).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    expect(findError(refusal, BudgetExceededError)?.budgetId).toBe("test");
    expect(cacheMark(await model.invoke(EASY))).toBeDefined();
    await close();
  });

  it("sends a long conversation as a summary and its last messages, and loses nothing of it", async () => {
    const { model, close } = thrifty({
      cache: false,
      router: false,
      history: { trigger: { messages: 12 }, keep: { messages: 4 }, payback: false, minGain: 2 },
    });
    const conversation: [string, string][] = Array.from({ length: 40 }, (_, turn) => [
      turn % 2 === 0 ? "user" : "assistant",
      `Turn ${turn}: the delivery of order ${1000 + turn} to the warehouse in Hamburg was confirmed by the carrier on Monday morning.`,
    ]);
    const input = [...conversation, ["user", "Which order was confirmed last?"] as [string, string]];
    await model.invoke(input, { configurable: { thread_id: "t1" } });
    const sent = server.journal.at(-1)?.request.messages ?? [];
    expect(sent.length).toBeLessThan(12);
    expect(JSON.stringify(sent.at(-1))).toContain("Which order was confirmed last?");
    // Another conversation, or none, is not shortened.
    await model.invoke(input);
    expect(server.journal.at(-1)?.request.messages).toHaveLength(41);
    expect(input).toHaveLength(41);
    await close();
  });

  it("compresses what is new in a call, and the ledger says what that avoided", async () => {
    const { model, ledger, close } = thrifty({ cache: false, router: false, compress: true });
    const padded = `${"The order is in the warehouse of the carrier, and the carrier has the papers of the order.   \n\n\n\n".repeat(20)}Which of the papers are missing?`;
    await model.invoke(padded);
    const sent = JSON.stringify(server.journal.at(-1)?.request.messages);
    expect(sent.length).toBeLessThan(padded.length);
    expect(sent).toContain("papers");
    expect(ledger.summary().byStrategy["prompt-compressor"]?.avoidedNanoUsd).toBeGreaterThan(0);
    expect(ledger.summary().spentNanoUsd).toBe(server.invoice().totalNanoUsd);
    await close();
  });

  it("shortens by a step of your own, streams and structured output included", async () => {
    const { model, close } = thrifty({ cache: false, shorten: async (messages) => messages.slice(-1) });
    const input: [string, string][] = [
      ["user", "old"],
      ["assistant", "older"],
      ["user", "new question"],
    ];
    await model.invoke(input);
    for await (const _chunk of await model.stream(input)) void _chunk;
    await model.withStructuredOutput(z.object({ city: z.string() })).invoke(input);
    expect(server.journal.map(({ request }) => request.messages.length)).toEqual([1, 1, 1]);
    await close();
  });

  it("leaves out what is not wanted", async () => {
    const bare = createThriftyModel({
      strong: new ChatOpenAI({ model: "gpt-4.1", apiKey: "test", maxRetries: 0, configuration: { baseURL: server.url } }),
      cache: false,
    });
    await bare.model.invoke(EASY);
    await bare.model.invoke(EASY);
    expect([bare.cache, bare.router, server.journal.length]).toEqual([null, null, 2]);
    await bare.close();
  });

  it("needs a scope while the cache is on, so that answers never cross tenants by accident", () => {
    expect(() => thrifty({ scope: undefined as never })).toThrow(InvalidOptionError);
  });
});
