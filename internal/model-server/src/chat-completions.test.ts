import { tool } from "@langchain/core/tools";
import { AIMessage, type AIMessageChunk, ChatMessageChunk, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI, type ChatOpenAIFields } from "@langchain/openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { startModelServer, type ModelServer, type ModelServerOptions } from "./index.ts";

let server: ModelServer;
const secret = "sk-never-to-be-stored";

async function restart(options: ModelServerOptions): Promise<void> {
  await server.close();
  server = await startModelServer(options);
}

function client(fields: ChatOpenAIFields = {}): ChatOpenAI {
  return new ChatOpenAI({ model: "gpt-4o-mini", apiKey: secret, maxRetries: 0, configuration: { baseURL: server.url }, ...fields });
}

async function collect(stream: AsyncIterable<AIMessageChunk>): Promise<{ chunks: AIMessageChunk[]; whole: AIMessageChunk }> {
  const chunks: AIMessageChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { chunks, whole: chunks.reduce((sum, chunk) => sum.concat(chunk)) };
}

beforeEach(async () => {
  server = await startModelServer();
});
afterEach(() => server.close());

const weather = tool(() => "sunny", {
  name: "get_weather",
  description: "The weather of a city.",
  schema: z.object({ city: z.string(), days: z.number().int().min(1) }),
});

describe("invoke", () => {
  it("counts the tokens OpenAI counts: 3 a message and its role, 3 for the reply", async () => {
    server.script(["Hello there!"]);
    const message = await client().invoke("hi");
    expect(message.content).toBe("Hello there!");
    expect(message.usage_metadata).toMatchObject({ input_tokens: 8, output_tokens: 3, total_tokens: 11 });
    expect(message.response_metadata["model_name"]).toBe("gpt-4o-mini");
    expect(server.journal[0]).toMatchObject({ outcome: "ok", status: 200, source: "script", text: "Hello there!" });
  });

  it("answers the same question alike, another one differently, with a fresh id each time", async () => {
    const [first, again, other] = await client().batch(["How do I reset my PIN?", "how do I reset  my PIN", "How do I change my PIN?"]);
    expect(again?.content).toBe(first?.content);
    expect(other?.content).not.toBe(first?.content);
    expect(again?.id).not.toBe(first?.id);
    expect(first?.text.split(". ").length).toBeGreaterThanOrEqual(4);
  });

  it("keeps neither key nor Authorization header", async () => {
    await client().invoke("hi");
    expect(JSON.stringify(server.journal)).not.toContain(secret);
    expect(Object.keys(server.journal[0]?.request.headers ?? {})).not.toContain("authorization");
  });

  it("serves n choices, with a text each, and one usage for all", async () => {
    server.script([{ text: ["one", "two"] }]);
    const { generations } = await client({ n: 3 }).generate([[new HumanMessage("pick")]]);
    expect(generations[0]?.map(({ text }) => text)).toEqual(["one", "two", "two"]);
    expect(server.journal[0]?.usage?.outputTokens).toBe(3);
  });

  it("gives log-probabilities by token", async () => {
    server.script([{ text: "Yes, surely.", logprob: [-0.1, -0.2] }]);
    const message = await client({ logprobs: true, topLogprobs: 2 }).invoke("sure?");
    const logprobs = message.response_metadata["logprobs"] as { content: { token: string; logprob: number; top_logprobs: unknown[] }[] };
    expect(logprobs.content.map(({ token }) => token).join("")).toBe("Yes, surely.");
    expect(logprobs.content.map(({ logprob }) => logprob)).toEqual([-0.1, -0.2, -0.2, -0.2]);
    expect(logprobs.content[0]?.top_logprobs).toHaveLength(2);
  });

  it.each([{ model: "gpt-4o-mini" }, { model: "o4-mini" }])("cuts $model at the token limit", async ({ model }) => {
    server.script(["one two three four five six"]);
    const message = await client({ model, maxTokens: 3 }).invoke("count");
    expect(message.content).toBe("one two three");
    expect(message.response_metadata["finish_reason"]).toBe("length");
    expect(message.usage_metadata?.output_tokens).toBe(3);
  });

  it("cuts at a stop sequence", async () => {
    server.script(["one STOP two"]);
    expect((await client({ stop: [" STOP"] }).invoke("count")).content).toBe("one");
  });
});

describe("usage", () => {
  it("can be overridden, and the invoice follows", async () => {
    await restart({ models: [{ id: "gpt-4o-mini", rates: { input: 150_000_000, output: 600_000_000, cacheRead: 75_000_000 } }] });
    server.script([{ usage: { inputTokens: 2_006, cachedTokens: 1_920, outputTokens: 300, reasoningTokens: 200 } }]);
    const message = await client().invoke("hi");
    expect(message.usage_metadata).toMatchObject({
      input_tokens: 2_006,
      input_token_details: { cache_read: 1_920 },
      output_tokens: 300,
      output_token_details: { reasoning: 200 },
    });
    // 86 * 150 + 1,920 * 75 + 300 * 600
    expect(server.invoice()).toEqual({
      totalNanoUsd: 336_900,
      byModel: {
        "gpt-4o-mini": {
          requests: 1,
          inputTokens: 2_006,
          cachedTokens: 1_920,
          outputTokens: 300,
          reasoningTokens: 200,
          nanoUsd: 336_900,
          unpriced: 0,
        },
      },
    });
  });

  it("can be left out, and is billed all the same", async () => {
    server.script([
      { text: "ok", usage: "none" },
      { text: "ok", usage: "none" },
    ]);
    const message = await client().invoke("hi");
    expect(message.usage_metadata?.input_tokens).toBeUndefined();
    const { whole } = await collect(await client().stream("hi"));
    expect(whole.usage_metadata).toBeUndefined();
    expect(server.invoice().byModel["gpt-4o-mini"]).toMatchObject({ requests: 2, inputTokens: 16, unpriced: 2 });
  });

  it("can be any broken object", async () => {
    server.script([{ text: "ok", rawUsage: { prompt_tokens: 5, completion_tokens: null, total_tokens: 5, prompt_tokens_details: null } }]);
    expect((await client().invoke("hi")).usage_metadata?.input_tokens).toBe(5);
  });

  it("has cached tokens from an earlier common start, when asked to simulate them", async () => {
    await restart({ promptCaching: true });
    const system = new SystemMessage(Array.from({ length: 400 }, (_, index) => `Rule ${index} applies.`).join(" "));
    const first = await client().invoke([system, new HumanMessage("one")]);
    const second = await client().invoke([system, new HumanMessage("two")]);
    const otherModel = await client({ model: "gpt-4o" }).invoke([system, new HumanMessage("two")]);
    const cached = second.usage_metadata?.input_token_details?.cache_read ?? 0;
    expect(first.usage_metadata?.input_token_details?.cache_read).toBe(0);
    expect(otherModel.usage_metadata?.input_token_details?.cache_read).toBe(0);
    expect(cached).toBeGreaterThanOrEqual(1_024);
    expect(cached % 128).toBe(0);
    expect(cached).toBeLessThan(second.usage_metadata?.input_tokens ?? 0);
  });

  it("names the tier that served: 'default' for none and 'auto'", async () => {
    await client({ service_tier: "flex" }).invoke("hi");
    await client({ service_tier: "auto" }).invoke("hi");
    server.script([{ serviceTier: "default" }]);
    const { whole } = await collect(await client({ service_tier: "priority" }).stream("hi"));
    expect(whole.response_metadata["service_tier"]).toBe("default");
    expect(server.journal.map((entry) => entry.serviceTier)).toEqual(["flex", "default", "default"]);
  });
});

describe("stream", () => {
  it("starts with the role, ends with the usage, and says the same as invoke", async () => {
    const invoked = await client().invoke("How do I reset my PIN?");
    const { chunks, whole } = await collect(await client().stream("How do I reset my PIN?"));
    expect(chunks.length).toBeGreaterThan(5);
    expect(whole.content).toBe(invoked.content);
    expect(whole.usage_metadata).toEqual(invoked.usage_metadata);
    expect(whole.response_metadata["finish_reason"]).toBe("stop");
    expect(server.journal[1]).toMatchObject({ outcome: "ok", usage: server.journal[0]?.usage });
  });

  it.each([false, true])("feeds the newer event stream of the client, responses API: %s", async (useResponsesApi) => {
    server.script(["hello there my friend", { toolCalls: [{ name: "get_weather", args: { city: "Oslo" } }] }]);
    const message = await client({ useResponsesApi }).streamEvents("hi");
    expect(message.text).toBe("hello there my friend");
    expect(message.usage_metadata).toMatchObject({ input_tokens: 8, output_tokens: 4 });
    const called = await client({ useResponsesApi }).streamEvents("hi");
    expect(called.tool_calls).toMatchObject([{ name: "get_weather", args: { city: "Oslo" } }]);
  });

  it("sends no usage when the client asks for none", async () => {
    const { whole } = await collect(await client({ streamUsage: false }).stream("hi"));
    expect(whole.usage_metadata).toBeUndefined();
  });

  it("can leave out the role of the first delta, which makes ChatOpenAI lose the usage", async () => {
    server.script([{ roleOnFirstDelta: false }]);
    const { chunks, whole } = await collect(await client().stream("hi"));
    expect(ChatMessageChunk.isInstance(chunks[0])).toBe(true);
    expect(whole.usage_metadata).toBeUndefined();
    expect(chunks.at(-1)?.usage_metadata?.input_tokens).toBe(8);
  });

  it("keeps characters whole that span tokens", async () => {
    const text = "👩🏽‍🚀 ǆ 𒀀𒁀 naïve";
    server.script([{ text, tokensPerChunk: 1 }]);
    const { chunks, whole } = await collect(await client().stream("hi"));
    expect(whole.content).toBe(text);
    expect(chunks.map(({ text }) => text).join("")).not.toContain("\uFFFD");
  });

  it("gives log-probabilities by delta", async () => {
    server.script(["one two three four five six"]);
    const { whole } = await collect(await client({ logprobs: true }).stream("count"));
    const { content } = whole.response_metadata["logprobs"] as { content: { token: string }[] };
    expect(content.map(({ token }) => token).join("")).toBe("one two three four five six");
  });

  it("bills what was sent when the client goes away", async () => {
    await restart({ chunkDelayMs: 5 });
    const seen: string[] = [];
    for await (const chunk of await client().stream("Tell me a story about a lighthouse")) {
      seen.push(chunk.text);
      if (seen.join("").length > 20) break;
    }
    await server.settled();
    const [entry] = server.journal;
    expect(entry?.outcome).toBe("aborted");
    expect(entry?.usage?.inputTokens).toBe(entry?.request.inputTokens);
    expect(entry?.usage?.outputTokens).toBeGreaterThan(0);
    const full = await client().invoke("Tell me a story about a lighthouse");
    expect(entry?.usage?.outputTokens).toBeLessThan(full.usage_metadata?.output_tokens ?? 0);
  });
});

describe("tools and structured output", () => {
  it("calls the tools that the answer names, in one piece or streamed", async () => {
    const calls = { toolCalls: [{ name: "get_weather", args: { city: "Oslo", days: 2 } }] };
    server.script([calls, calls]);
    const model = client().bindTools([weather]);
    const message = await model.invoke("weather?");
    const { chunks, whole } = await collect((await model.stream("weather?")) as AsyncIterable<AIMessageChunk>);
    for (const answer of [message, whole]) {
      expect(answer.tool_calls).toMatchObject([{ name: "get_weather", args: { city: "Oslo", days: 2 } }]);
      expect(answer.response_metadata["finish_reason"]).toBe("tool_calls");
    }
    expect(chunks.filter((chunk) => chunk.tool_call_chunks?.length).length).toBeGreaterThan(2);
    expect(server.journal[0]).toMatchObject({ text: "", toolNames: ["get_weather"] });
    expect(message.usage_metadata?.input_tokens).toBeGreaterThan(40);
  });

  it("accepts the tool's answer and refuses a history that lost it", async () => {
    const call = new AIMessage({ content: "", tool_calls: [{ id: "call_1", name: "get_weather", args: { city: "Oslo" } }] });
    const result = new ToolMessage({ content: "sunny", tool_call_id: "call_1" });
    const question = new HumanMessage("weather?");
    await client().invoke([question, call, result]);
    await expect(client().invoke([question, call, question])).rejects.toMatchObject({ status: 400, lc_error_code: "INVALID_TOOL_RESULTS" });
    await expect(client().invoke([question, result])).rejects.toMatchObject({ status: 400 });
    expect(server.journal.map(({ source }) => source)).toEqual(["default", "server", "server"]);
  });

  const schema = z.object({ verdict: z.enum(["yes", "no"]), score: z.number().min(0.5), reasons: z.array(z.string()).min(1) });

  it.each(["jsonSchema", "functionCalling", "jsonMode"] as const)("fills the scripted object in by %s", async (method) => {
    server.script([{ json: { verdict: "no", score: 0.75, reasons: ["late"] } }]);
    const model = client().withStructuredOutput(schema, { method, name: "verdict" });
    expect(await model.invoke("Answer in JSON: is it late?")).toEqual({ verdict: "no", score: 0.75, reasons: ["late"] });
  });

  it.each(["jsonSchema", "functionCalling"] as const)("makes a valid object by %s on its own", async (method) => {
    const value = await client().withStructuredOutput(schema, { method, name: "verdict" }).invoke("is it late?");
    expect(value).toEqual({ verdict: "yes", score: 0.5, reasons: ["text"] });
  });
});

describe("rules", () => {
  it("answers by the first that matches: script, rules, the model's own reply, default", async () => {
    await restart({ models: [{ id: "gpt-4o-mini", reply: "own" }] });
    server.reply({ text: /weather/iu, answer: "rule one", times: 1 });
    server.reply({ text: "WEATHER", answer: ({ text }) => `rule two: ${text}` });
    server.reply({ model: /^other/u, answer: () => undefined });
    server.script(["scripted"]);
    const ask = async (text: string, model = "gpt-4o-mini"): Promise<unknown> => (await client({ model }).invoke(text)).content;
    expect(await ask("weather")).toBe("scripted");
    expect(await ask("weather")).toBe("rule one");
    expect(await ask("the weather?")).toBe("rule two: the weather?");
    expect(await ask("hi")).toBe("own");
    expect(await ask("hi", "other-1")).toContain("Reference");
    expect(server.journal.map(({ source }) => source)).toEqual(["script", "rule", "rule", "model", "default"]);
    server.reset();
    expect(server.journal).toHaveLength(0);
    expect(await ask("weather")).toBe("own");
  });

  it("says so when an answer function throws", async () => {
    server.reply({
      answer: () => {
        throw new Error("no such fixture");
      },
    });
    await expect(client().invoke("hi")).rejects.toThrow("no such fixture");
  });
});

describe("failures", () => {
  it("429 arrives with its retry-after, and nothing is billed", async () => {
    server.script([{ status: 429, headers: { "retry-after": "7" } }]);
    const error: unknown = await client()
      .invoke("hi")
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ status: 429, lc_error_code: "MODEL_RATE_LIMIT" });
    expect((error as { headers: Headers }).headers.get("retry-after")).toBe("7");
    expect(server.invoice()).toEqual({ totalNanoUsd: 0, byModel: {} });
    expect(server.journal[0]).toMatchObject({ outcome: "error", status: 429 });
  });

  it("shows each hidden retry in the journal", async () => {
    server.script([{ status: 500 }, "recovered"]);
    expect((await client({ maxRetries: 1 }).invoke("hi")).content).toBe("recovered");
    expect(server.journal.map(({ status }) => status)).toEqual([500, 200]);
  });

  it.each([{ cut: "before" as const }, { cut: "mid" as const }])("cuts the connection $cut, streamed or not", async ({ cut }) => {
    server.script([{ cut }, { cut }]);
    await expect(client().invoke("hi")).rejects.toThrow();
    await expect(client().stream("hi").then(collect)).rejects.toThrow();
    await server.settled();
    expect(server.journal.map(({ outcome }) => outcome)).toEqual(["cut", "cut"]);
    const billed = server.journal.map(({ usage }) => usage?.outputTokens ?? 0);
    if (cut === "before") expect(billed).toEqual([0, 0]);
    else expect(billed[1]).toBeLessThan(billed[0] ?? 0);
  });

  it("stops waiting when the client aborts, and bills the input", async () => {
    server.script([{ delayMs: 60_000 }]);
    const controller = new AbortController();
    const call = client().invoke("hi", { signal: controller.signal });
    await expect.poll(() => server.journal.length).toBe(1);
    controller.abort();
    await expect(call).rejects.toThrow();
    await server.settled();
    expect(server.journal[0]).toMatchObject({ outcome: "aborted", usage: { inputTokens: 8, outputTokens: 0 } });
  });

  it("refuses a prompt over the model's context and a model that is not listed", async () => {
    await restart({ models: [{ id: "gpt-4o-mini", contextTokens: 10 }], listedOnly: true });
    await expect(client().invoke("one two three four")).rejects.toMatchObject({ name: "ContextOverflowError" });
    await expect(client({ model: "gpt-9" }).invoke("hi")).rejects.toMatchObject({ status: 404, lc_error_code: "MODEL_NOT_FOUND" });
    expect((await client().invoke("hi")).content).not.toBe("");
  });

  it("closes while a request is being handled", async () => {
    server.script([{ delayMs: 60_000 }]);
    const call = client().invoke("hi");
    const failed = expect(call).rejects.toThrow();
    await expect.poll(() => server.journal.length).toBe(1);
    await server.close();
    await failed;
  });
});
