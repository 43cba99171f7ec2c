import { type AIMessageChunk, HumanMessage } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { concat } from "@langchain/core/utils/stream";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, type ChatOpenAIFields } from "@langchain/openai";
import { cacheMark } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { collectRuns } from "@langthrift/test-helpers";
import { createAgent, providerStrategy, toolStrategy } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ASKED, OTHER, PARAPHRASE, testCache } from "./__fixtures__/questions.ts";
import { withSemanticCache } from "./with-semantic-cache.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());
beforeEach(() => server.reset());

function openAi(fields: ChatOpenAIFields = {}): ChatOpenAI {
  return new ChatOpenAI({ model: "gpt-4o-mini", apiKey: "sk-test", maxRetries: 0, configuration: { baseURL: server.url }, ...fields });
}

const Answer = z.object({ steps: z.string() });
const lookUp = tool(async () => "found", { name: "look_up", description: "Looks up", schema: z.object({ id: z.string() }) });

async function collect(stream: AsyncIterable<AIMessageChunk>): Promise<{ chunks: AIMessageChunk[]; whole: AIMessageChunk }> {
  const chunks: AIMessageChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { chunks, whole: chunks.reduce((a, b) => concat(a, b)) };
}

describe("a model behind the cache", () => {
  it("answers a paraphrase without a call, marked, with no usage", async () => {
    server.reply({ answer: "Open settings." });
    const model = withSemanticCache(openAi(), testCache());
    const first = await model.invoke(ASKED);
    const second = await model.invoke(PARAPHRASE);
    expect(server.journal).toHaveLength(1);
    expect(second.text).toBe("Open settings.");
    expect(second.usage_metadata).toEqual({ input_tokens: 0, output_tokens: 0, total_tokens: 0 });
    expect(first.usage_metadata?.input_tokens).toBeGreaterThan(0);
    expect(cacheMark(second)).toMatchObject({
      kind: "semantic",
      savedUsage: { inputTokens: first.usage_metadata?.input_tokens, outputTokens: first.usage_metadata?.output_tokens },
    });
    expect(second.id).not.toBe(first.id);
    expect(second.response_metadata["tokenUsage"]).toBeUndefined();
    expect(second.response_metadata["model_name"]).toBe(first.response_metadata["model_name"]);
  });

  it("opens exactly one model run for a miss and for a hit, of the same name", async () => {
    const model = withSemanticCache(openAi(), testCache());
    const runs = collectRuns();
    await model.invoke(ASKED, { callbacks: [runs.handler] });
    await model.invoke(ASKED, { callbacks: [runs.handler] });
    await model.stream(ASKED, { callbacks: [runs.handler] }).then(collect);
    await model.generate([[new HumanMessage(ASKED)]], { callbacks: [runs.handler] });
    expect(runs.runs.map(({ kind, state, cached }) => [kind, state, cached])).toEqual([
      ["llm", "ended", false],
      ["llm", "ended", true],
      ["llm", "ended", true],
      ["llm", "ended", true],
    ]);
    expect(new Set(runs.runs.map((run) => run.metadata["ls_model_name"]))).toEqual(new Set(["gpt-4o-mini"]));
    expect(server.journal).toHaveLength(1);
  });

  it("streams a stored answer in pieces of one id, with no usage", async () => {
    server.reply({ answer: "Open the settings and choose reset." });
    const model = withSemanticCache(openAi(), testCache());
    const first = await collect(await model.stream(ASKED));
    const second = await collect(await model.stream(PARAPHRASE));
    expect(server.journal).toHaveLength(1);
    expect(second.chunks.length).toBeGreaterThan(3);
    expect(second.whole.text).toBe(first.whole.text);
    expect(new Set(second.chunks.map((chunk) => chunk.id)).size).toBe(1);
    expect(second.whole.id).not.toBe(first.whole.id);
    expect(second.whole.usage_metadata?.total_tokens).toBe(0);
    expect(cacheMark(second.whole)?.savedUsage?.outputTokens).toBe(first.whole.usage_metadata?.output_tokens);
  });

  it("works in a chain, in batch, with retries and fallbacks", async () => {
    const model = withSemanticCache(openAi(), testCache());
    const chain = ChatPromptTemplate.fromMessages([
      ["system", "Be brief."],
      ["human", "{question}"],
    ])
      .pipe(model)
      .pipe(new StringOutputParser());
    const texts = await chain.batch([{ question: ASKED }, { question: ASKED }, { question: ASKED }, { question: ASKED }]);
    expect(new Set(texts).size).toBe(1);
    expect(server.journal).toHaveLength(1);
    await model.withRetry().invoke(ASKED);
    await model.withRetry().invoke(ASKED);
    await model.withFallbacks([openAi()]).invoke(ASKED);
    expect(server.journal).toHaveLength(2);
    const streamed: string[] = [];
    for await (const text of await chain.stream({ question: PARAPHRASE })) streamed.push(text);
    expect(streamed.join("")).toBe(texts[0]);
    expect(server.journal).toHaveLength(2);
  });

  it("returns every answer of generate() in order, hits and misses mixed, which LangChain's own cache does not", async () => {
    const model = withSemanticCache(openAi(), testCache());
    server.reply({ text: ASKED, answer: "Open settings." });
    server.reply({ text: OTHER, answer: "Paris." });
    await model.invoke(ASKED);
    const asked = [OTHER, ASKED, PARAPHRASE, OTHER].map((text) => [new HumanMessage(text)]);
    const { generations } = await model.generate(asked);
    expect(generations.map(([generation]) => generation?.text)).toEqual(["Paris.", "Open settings.", "Open settings.", "Paris."]);
    expect(server.journal).toHaveLength(2);
  });

  it("keeps the cache through withConfig and bindTools", async () => {
    server.reply({ answer: "Bound." });
    const model = withSemanticCache(openAi(), testCache());
    const bound = model.bindTools([lookUp]);
    await bound.invoke(ASKED);
    expect(cacheMark(await bound.invoke(ASKED))?.kind).toBe("exact");
    const configured = model.withConfig({ stop: ["END"] });
    await configured.invoke(ASKED);
    expect(cacheMark(await configured.invoke(ASKED))?.kind).toBe("exact");
    // Tools and stop words are in the key.
    expect(server.journal).toHaveLength(2);
    expect(server.journal[0]?.request.tools.map(({ name }) => name)).toEqual(["look_up"]);
    expect(server.journal[1]?.request.body["stop"]).toEqual(["END"]);
  });

  it.each(["functionCalling", "jsonMode", "jsonSchema"] as const)("replays structured output by %s", async (method) => {
    server.reply({ answer: { json: { steps: "Open settings." } } });
    const model = withSemanticCache(openAi(), testCache()).withStructuredOutput(Answer, { method });
    const question = ASKED;
    expect(await model.invoke(question)).toEqual({ steps: "Open settings." });
    expect(await model.invoke(PARAPHRASE)).toEqual({ steps: "Open settings." });
    expect(server.journal).toHaveLength(1);
    const raw = withSemanticCache(openAi(), testCache()).withStructuredOutput(Answer, { method, includeRaw: true });
    await raw.invoke(question);
    const second = (await raw.invoke(question)) as { raw: AIMessageChunk; parsed: unknown };
    expect(second.parsed).toEqual({ steps: "Open settings." });
    expect(cacheMark(second.raw)?.kind).toBe("exact");
    expect(server.journal).toHaveLength(2);
  });

  it("emits model events in streamEvents v2 on a hit", async () => {
    const model = withSemanticCache(openAi(), testCache());
    await model.invoke(ASKED);
    const names: string[] = [];
    for await (const event of model.streamEvents(ASKED, { version: "v2" })) names.push(event.event);
    expect(names[0]).toBe("on_chat_model_start");
    expect(names.at(-1)).toBe("on_chat_model_end");
    expect(names.filter((name) => name === "on_chat_model_stream").length).toBeGreaterThan(1);
    const chain = ChatPromptTemplate.fromTemplate("{q}").pipe(model);
    const seen: string[] = [];
    for await (const event of chain.streamEvents({ q: ASKED }, { version: "v2" }))
      if (event.event.startsWith("on_chat_model")) seen.push(event.event);
    expect(seen[0]).toBe("on_chat_model_start");
    expect(seen.at(-1)).toBe("on_chat_model_end");
    expect(server.journal).toHaveLength(1);
  });

  it("consults the cache in streamEvents without a version", async () => {
    server.reply({ answer: "Open settings." });
    const model = withSemanticCache(openAi(), testCache());
    const first = await model.streamEvents(ASKED);
    const second = await model.streamEvents(PARAPHRASE);
    expect([first.text, second.text]).toEqual(["Open settings.", "Open settings."]);
    expect(server.journal).toHaveLength(1);
    expect(cacheMark(await model.invoke(ASKED))?.kind).toBe("exact");
  });

  it("works in createAgent, over turns of a conversation", async () => {
    server.reply({ answer: "Open settings." });
    const agent = createAgent({ model: withSemanticCache(openAi(), testCache()), tools: [lookUp], systemPrompt: "Help." });
    const first = await agent.invoke({ messages: [{ role: "user", content: ASKED }] });
    const second = await agent.invoke({ messages: [{ role: "user", content: PARAPHRASE }] });
    expect(server.journal).toHaveLength(1);
    expect(second.messages.at(-1)?.text).toBe("Open settings.");
    const replayed = await agent.invoke({ messages: [{ role: "user", content: ASKED }] });
    const more = await agent.invoke({ messages: [...first.messages, new HumanMessage(OTHER)] });
    const again = await agent.invoke({ messages: [...replayed.messages, new HumanMessage(OTHER)] });
    expect(server.journal).toHaveLength(2);
    expect([more.messages.length, again.messages.length]).toEqual([4, 4]);
  });

  it.each([
    { name: "providerStrategy", responseFormat: providerStrategy(Answer) },
    { name: "toolStrategy", responseFormat: toolStrategy(Answer) },
  ])("replays an agent's structured response by $name", async ({ responseFormat }) => {
    server.reply({ answer: { json: { steps: "Open settings." } } });
    const cache = testCache({ tools: "allow" });
    const agent = createAgent({ model: withSemanticCache(openAi(), cache), tools: [], responseFormat: responseFormat as never });
    const first = (await agent.invoke({ messages: [{ role: "user", content: ASKED }] })) as { structuredResponse?: unknown };
    const second = (await agent.invoke({ messages: [{ role: "user", content: PARAPHRASE }] })) as { structuredResponse?: unknown };
    expect(first.structuredResponse).toEqual({ steps: "Open settings." });
    expect(second.structuredResponse).toEqual({ steps: "Open settings." });
    expect(server.journal).toHaveLength(1);
  });
});
