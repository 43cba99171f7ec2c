import { AIMessage } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { type Runnable, RunnableLambda } from "@langchain/core/runnables";
import { ChatOpenAI } from "@langchain/openai";
import { createPriceBook, type SavingsEvent } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { collectEvents } from "@langthrift/test-helpers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ASKED, PARAPHRASE, testCache } from "../__fixtures__/questions.ts";
import { withSemanticCache } from "../with-semantic-cache.ts";
import { CachedRunnable, type CachedRunnableOptions } from "./cached-runnable.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer({
    models: [
      { id: "gpt-4.1", rates: { input: 2_000_000_000, output: 8_000_000_000 } },
      { id: "gpt-4.1-nano", rates: { input: 100_000_000, output: 400_000_000 } },
    ],
  });
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const openAi = (model = "gpt-4.1-nano") => new ChatOpenAI({ model, apiKey: "none", maxRetries: 0, configuration: { baseURL: server.url } });
const ask = (model = "gpt-4.1-nano") => openAi(model).pipe(new StringOutputParser());

/** What the second of two equal questions avoids. */
async function avoided<Output>(inner: Runnable<string, Output>, options: Partial<CachedRunnableOptions<string, Output>> = {}) {
  const { events, onEvent } = collectEvents();
  const cache = testCache({ onEvent });
  const chain = new CachedRunnable({ inner, cache, name: "rag", queryText: (text) => text, ...options });
  await chain.invoke(ASKED);
  await chain.invoke(PARAPHRASE);
  const hits = (events as SavingsEvent[]).filter(({ kind }) => kind === "avoided");
  expect(hits).toHaveLength(1);
  return hits[0] as SavingsEvent;
}

describe("the money that a hit of CachedRunnable avoids", () => {
  it("is that of the model call under the chain", async () => {
    const event = await avoided(ask());
    const { totalNanoUsd } = server.invoice();
    expect(totalNanoUsd).toBeGreaterThan(0);
    expect(event).toMatchObject({ nanoUsd: totalNanoUsd, model: expect.stringContaining("gpt-4.1-nano"), provider: "openai" });
  });

  it("is that of all its calls, of several models too", async () => {
    const chain = ask().pipe(RunnableLambda.from((text: string, config) => ask("gpt-4.1").invoke(text, config)));
    const event = await avoided(chain);
    expect(server.journal).toHaveLength(2);
    expect(event.nanoUsd).toBe(server.invoice().totalNanoUsd);
    expect(event.model).toBeUndefined();
    const free = createPriceBook({ overrides: [{ model: /^gpt/u, inputUsdPerMillion: 0, outputUsdPerMillion: 0 }] });
    expect((await avoided(chain, { prices: free })).nanoUsd).toBe(0);
  });

  it("counts a wrapped call once, and what another cache gave not at all", async () => {
    const inner = withSemanticCache(openAi(), testCache()).pipe(new StringOutputParser());
    expect((await avoided(inner)).nanoUsd).toBe(server.invoice().totalNanoUsd);
    server.reset();
    // The inner cache has the answer: this chain's own answer cost nothing.
    expect(await avoided(inner)).not.toHaveProperty("usage");
    expect(server.journal).toHaveLength(0);
  });

  it("is known of a chain within a chain, of each by itself", async () => {
    const { events, onEvent } = collectEvents();
    const inner = new CachedRunnable({ inner: ask(), cache: testCache({ onEvent }), name: "inner", queryText: (text: string) => text });
    expect((await avoided(inner)).nanoUsd).toBe(server.invoice().totalNanoUsd);
    await inner.invoke(PARAPHRASE);
    expect((events as SavingsEvent[]).find(({ kind }) => kind === "avoided")?.nanoUsd).toBe(server.invoice().totalNanoUsd);
    expect(server.journal).toHaveLength(1);
  });

  it("is what an AIMessage says, where no call was heard of, and what `encode` says before all", async () => {
    const usage = { input_tokens: 1_000, output_tokens: 100, total_tokens: 1_100 };
    const inner = RunnableLambda.from(
      () =>
        new AIMessage({
          content: "hi",
          usage_metadata: usage,
          response_metadata: { model_name: "gpt-4.1-nano", model_provider: "openai" },
        }),
    ) as Runnable<string, AIMessage>;
    const encode = ({ text }: AIMessage) => ({ text, value: text });
    const decode = ({ text }: { readonly text: string }) => new AIMessage(text);
    expect((await avoided(inner, { encode, decode })).nanoUsd).toBe(140_000);
    const own = { model: "gpt-4.1-nano", provider: "openai", usage: { inputTokens: 10, outputTokens: 0 } };
    expect((await avoided(inner, { encode: (output) => ({ ...encode(output), ...own }), decode })).nanoUsd).toBe(1_000);
  });

  it("stays unknown where no usage, or not that of all calls, is known", async () => {
    expect((await avoided(RunnableLambda.from((text: string) => `about ${text}`))).nanoUsd).toBeNull();
    server.script([{ text: "one", usage: "none" }, "two"]);
    const chain = ask().pipe(RunnableLambda.from((text: string, config) => ask("gpt-4.1").invoke(text, config)));
    expect((await avoided(chain)).nanoUsd).toBeNull();
  });
});
