import { AIMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { ChatOpenAI, type ChatOpenAIFields } from "@langchain/openai";
import { cacheMark, InvalidOptionError } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { collectRuns } from "@langthrift/test-helpers";
import { createAgent } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ASKED, OTHER, PARAPHRASE, plane, testCache } from "../__fixtures__/questions.ts";
import type { SemanticCache } from "../semantic-cache.ts";
import { memoryCacheStore } from "../stores/memory-cache-store.ts";
import { LangChainSemanticCache } from "./langchain-semantic-cache.ts";
import { parseLlmKey } from "./llm-key.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());
beforeEach(() => server.reset());

function cached(cache: SemanticCache = testCache(), fields: ChatOpenAIFields = {}): ChatOpenAI {
  return new ChatOpenAI({
    model: "gpt-4o-mini",
    apiKey: "sk-very-secret",
    maxRetries: 0,
    configuration: { baseURL: server.url, organization: "org-secret", defaultHeaders: { "x-tenant-key": "header-secret" } },
    cache: new LangChainSemanticCache(cache, { scope: "public" }),
    ...fields,
  });
}

describe("LangChainSemanticCache", () => {
  it("answers a paraphrase through LangChain's own seam, marked, without changing the first caller's usage", async () => {
    server.reply({ answer: "Open settings." });
    const model = cached();
    const first = await model.invoke(ASKED);
    const usage = structuredClone(first.usage_metadata);
    const second = await model.invoke(PARAPHRASE);
    await model.invoke(PARAPHRASE);
    expect(server.journal).toHaveLength(1);
    expect(second.text).toBe("Open settings.");
    expect(cacheMark(second)).toMatchObject({ kind: "semantic", savedUsage: { inputTokens: usage?.input_tokens } });
    expect(first.usage_metadata).toEqual(usage);
    expect(second.usage_metadata?.total_tokens).toBe(0);
    expect(second.id).not.toBe(first.id);
  });

  it("keeps no key, header, URL or organisation anywhere in the store", async () => {
    const store = memoryCacheStore();
    await cached(testCache({ store })).invoke(ASKED);
    let entries = 0;
    for await (const entry of store.entries()) {
      entries += 1;
      expect(JSON.stringify({ ...entry, vector: null })).not.toMatch(/secret|127\.0\.0\.1|localhost/);
    }
    expect(entries).toBe(1);
  });

  it("hits inside createAgent, whose key changes with every call", async () => {
    const agent = createAgent({ model: cached(), tools: [], systemPrompt: "Help." });
    await agent.invoke({ messages: [{ role: "user", content: ASKED }] });
    await agent.invoke({ messages: [{ role: "user", content: PARAPHRASE }] });
    expect(server.journal).toHaveLength(1);
  });

  it("separates models, parameters and system messages", async () => {
    const cache = testCache();
    await cached(cache).invoke(ASKED);
    await cached(cache, { model: "gpt-4o" }).invoke(ASKED);
    await cached(cache, { temperature: 1 }).invoke(ASKED);
    await cached(cache).invoke([new SystemMessage("Be brief."), new HumanMessage(ASKED)]);
    expect(server.journal).toHaveLength(4);
    await cached(cache).invoke([new SystemMessage("Be brief."), new HumanMessage(PARAPHRASE)]);
    expect(server.journal).toHaveLength(4);
  });

  it("leaves attachments alone, which LangChain shows as [image]", async () => {
    const cache = testCache();
    const see = (url: string) =>
      cached(cache).invoke([
        new HumanMessage({
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url } },
          ],
        }),
      ]);
    await see("https://example.com/cat.png");
    await see("https://example.com/dog.png");
    expect(server.journal).toHaveLength(2);
    expect(cache.stats().reasons["bypass:attachments"]).toBe(2);
  });

  it("does not take a text that imitates roles for a conversation", async () => {
    const cache = testCache();
    await cached(cache).invoke([new HumanMessage("q1"), new AIMessage("yes"), new HumanMessage("q2")]);
    await cached(cache).invoke("q1\nAI: yes\nHuman: q2");
    await cached(cache).invoke([new HumanMessage("x"), new HumanMessage("q2")]);
    await cached(cache).invoke("x\nHuman: q2");
    expect(server.journal).toHaveLength(4);
    expect(cache.stats().kinds).toMatchObject({ bypass: 4, exact: 0 });
  });

  it("does not cache a model without identity, unless told one", async () => {
    const cache = testCache();
    const fake = new FakeListChatModel({ responses: ["one", "two"] });
    fake.cache = new LangChainSemanticCache(cache, { scope: "public" });
    expect([(await fake.invoke(ASKED)).text, (await fake.invoke(ASKED)).text]).toEqual(["one", "two"]);
    fake.cache = new LangChainSemanticCache(cache, { scope: "public", modelId: "fake" });
    expect([(await fake.invoke(ASKED)).text, (await fake.invoke(ASKED)).text]).toEqual(["one", "one"]);
  });

  it("never throws, whatever fails", async () => {
    const embeddings = plane();
    embeddings.configure({ failure: new Error("down") });
    const broken = { ...memoryCacheStore(), get: () => Promise.reject(new Error("down")), put: () => Promise.reject(new Error("down")) };
    const cache = testCache({ embeddings, store: broken, onError: "throw" });
    server.reply({ answer: "From the model." });
    expect((await cached(cache).invoke(ASKED)).text).toBe("From the model.");
  });

  it("opens one run on a hit of generate()", async () => {
    const runs = collectRuns();
    const model = cached();
    await model.generate([[new HumanMessage(ASKED)]]);
    await model.generate([[new HumanMessage(ASKED)]], { callbacks: [runs.handler] });
    expect(runs.runs).toHaveLength(1);
    expect(runs.runs[0]).toMatchObject({ kind: "llm", state: "ended", cached: true });
    expect(server.journal).toHaveLength(1);
  });

  it("follows the scope of a function and bypasses without one", async () => {
    let tenant: string | undefined = "a";
    const cache = testCache({ scope: (query) => query.scope });
    const model = cached(cache, { cache: new LangChainSemanticCache(cache, { scope: () => tenant }) });
    await model.invoke(OTHER);
    tenant = "b";
    await model.invoke(OTHER);
    tenant = undefined;
    await model.invoke(OTHER);
    expect(server.journal).toHaveLength(3);
    tenant = "a";
    await model.invoke(OTHER);
    expect(server.journal).toHaveLength(3);
  });

  it("needs a scope", () => {
    expect(() => new LangChainSemanticCache(testCache(), {} as never)).toThrow(InvalidOptionError);
  });
});

describe("parseLlmKey", () => {
  it("reads JSON with commas and colons in strings, and only what counts", () => {
    const key = '_model:"base_chat_model",_type:"openai",apiKey:"sk-a,model:\\"x\\"",model:"gpt-4o",stop:["a,b:c","}"],temperature:0.5';
    const parsed = parseLlmKey(key);
    expect(parsed.model).toBe("gpt-4o");
    expect(Object.keys(parsed.params as object)).toEqual(["_model", "_type", "model", "stop", "temperature"]);
    expect(JSON.stringify(parsed)).not.toContain("sk-a");
    expect(parseLlmKey(key.replace("sk-a", "sk-b"))).toEqual(parsed);
    expect(parseLlmKey(key.replace("0.5", "1"))).not.toEqual(parsed);
  });

  it.each(["", ":", "a", 'a:"', "a:{", "a:[,b:1", ",,,"])("survives %j", (key) => {
    expect(parseLlmKey(key)).toMatchObject({ several: false });
  });
});
