import { AIMessage, type AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import type { ChatResult, ChatGenerationChunk } from "@langchain/core/outputs";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { concat } from "@langchain/core/utils/stream";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, type ChatOpenAIFields } from "@langchain/openai";
import { cacheMark, InvalidOptionError, type SavingsEvent, SAVINGS_EVENT } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { collectEvents, collectRuns, fakeClock } from "@langthrift/test-helpers";
import { createAgent } from "langchain";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { ASKED, OTHER, PARAPHRASE, testCache } from "../__fixtures__/questions.ts";
import { withSemanticCache } from "../with-semantic-cache.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());
beforeEach(() => server.reset());

function openAi(fields: ChatOpenAIFields = {}): ChatOpenAI {
  return new ChatOpenAI({ model: "gpt-4o-mini", apiKey: "sk-test", maxRetries: 0, configuration: { baseURL: server.url }, ...fields });
}

/** A model whose answers the test writes. */
class ScriptedModel extends BaseChatModel {
  readonly model = "scripted";
  calls = 0;
  readonly #answer: AIMessage;

  constructor(answer: AIMessage) {
    super({});
    this.#answer = answer;
  }

  _llmType(): string {
    return "scripted";
  }

  async _generate(): Promise<ChatResult> {
    this.calls += 1;
    return { generations: [{ text: this.#answer.text, message: this.#answer }] };
  }
}

async function drain(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk[]> {
  const chunks: AIMessageChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const merge = (chunks: readonly AIMessageChunk[]): AIMessageChunk => chunks.reduce((a, b) => concat(a, b));

describe("streams", () => {
  it("lets readers at the same time share one call, each with its own id, run and mark", async () => {
    server.reply({ answer: { text: "one two three four five six seven eight", tokensPerChunk: 1, chunkDelayMs: 3 } });
    const model = withSemanticCache(openAi(), testCache());
    const runs = collectRuns();
    const wholes = (await Promise.all([1, 2, 3].map(async () => drain(await model.stream(ASKED, { callbacks: [runs.handler] }))))).map(
      merge,
    );
    expect(server.journal).toHaveLength(1);
    expect(new Set(wholes.map(({ text }) => text))).toEqual(new Set(["one two three four five six seven eight"]));
    expect(new Set(wholes.map(({ id }) => id)).size).toBe(3);
    expect(wholes.map((whole) => cacheMark(whole)?.kind)).toEqual([undefined, "coalesced", "coalesced"]);
    expect(wholes[1]?.usage_metadata?.total_tokens).toBe(0);
    expect(cacheMark(wholes[1] as AIMessageChunk)?.savedUsage?.outputTokens).toBe(wholes[0]?.usage_metadata?.output_tokens);
    expect(runs.runs.map(({ kind, state }) => [kind, state])).toEqual([
      ["llm", "ended"],
      ["llm", "ended"],
      ["llm", "ended"],
    ]);
  });

  it("goes on for a follower when the leader breaks off, and keeps the whole answer", async () => {
    server.reply({ answer: { text: "one two three four five six seven eight", tokensPerChunk: 1, chunkDelayMs: 5 } });
    const model = withSemanticCache(openAi(), testCache());
    const leader = await model.stream(ASKED);
    const follower = drain(await model.stream(ASKED));
    for await (const chunk of leader) if (chunk.text !== "") break;
    expect(merge(await follower).text).toBe("one two three four five six seven eight");
    expect(server.journal).toHaveLength(1);
    expect(cacheMark(await model.invoke(ASKED))?.kind).toBe("exact");
  });

  it("keeps nothing of a stream that is broken off, aborted or cut", async () => {
    server.reply({ answer: { text: "one two three four five six", tokensPerChunk: 1, chunkDelayMs: 5 } });
    const cache = testCache();
    const model = withSemanticCache(openAi(), cache);
    for await (const chunk of await model.stream(ASKED)) if (chunk.text !== "") break;
    const controller = new AbortController();
    await expect(
      (async () => {
        for await (const chunk of await model.stream(ASKED, { signal: controller.signal })) if (chunk.text !== "") controller.abort();
      })(),
    ).rejects.toThrow();
    server.script([{ text: "one two three four", cut: "mid" }]);
    await expect(model.stream(ASKED).then(drain)).rejects.toThrow();
    await server.settled();
    expect(server.journal.map(({ outcome }) => outcome)).toEqual(["aborted", "aborted", "cut"]);
    expect(cache.stats().stored).toBe(0);
  });

  it("stops a replay when the reader aborts", async () => {
    server.reply({ answer: "one two three four five six" });
    const model = withSemanticCache(openAi(), testCache());
    await model.invoke(ASKED);
    const controller = new AbortController();
    const seen: string[] = [];
    await expect(
      (async () => {
        for await (const chunk of await model.stream(ASKED, { signal: controller.signal })) {
          seen.push(chunk.text);
          controller.abort(new Error("enough"));
        }
      })(),
    ).rejects.toThrow();
    expect(seen).toHaveLength(1);
  });
});

describe("what goes round the cache", () => {
  it("bypasses several answers, tool results and models without identity", async () => {
    const cache = testCache();
    const several = withSemanticCache(openAi({ n: 2 }), cache);
    await several.invoke(ASKED);
    await several.invoke(ASKED);
    expect((await several.generate([[new HumanMessage(ASKED)]])).generations[0]).toHaveLength(2);
    const model = withSemanticCache(openAi(), cache);
    const call = { id: "call_1", name: "look_up", args: {}, type: "tool_call" as const };
    const turn = [
      new HumanMessage(ASKED),
      new AIMessage({ content: "", tool_calls: [call] }),
      new ToolMessage({ tool_call_id: "call_1", content: "found" }),
    ];
    await model.invoke(turn);
    await model.invoke(turn);
    const nameless = withSemanticCache(new FakeListChatModel({ responses: ["one", "two"] }), cache);
    expect([(await nameless.invoke(ASKED)).text, (await nameless.invoke(ASKED)).text]).toEqual(["one", "two"]);
    expect(server.journal).toHaveLength(5);
    expect(cache.stats().reasons).toMatchObject({ "bypass:several-answers": 3, "bypass:tool-result": 2, "bypass:no-model-identity": 2 });
  });

  it("keeps no call for tools, but serves an agent's plain answers; keeps calls when allowed", async () => {
    const lookUp = tool(async () => "found", { name: "look_up", description: "Looks up", schema: z.object({ id: z.string() }) });
    server.reply({ answer: { toolCalls: [{ name: "look_up", args: { id: "7" } }] } });
    const model = withSemanticCache(openAi(), testCache()).bindTools([lookUp]);
    await model.invoke(ASKED);
    await model.invoke(ASKED);
    expect(server.journal).toHaveLength(2);
    const allowed = withSemanticCache(openAi(), testCache({ tools: "allow" })).bindTools([lookUp]);
    const first = (await allowed.invoke(ASKED)) as AIMessage;
    const second = (await allowed.invoke(ASKED)) as AIMessage;
    expect(server.journal).toHaveLength(3);
    expect(second.tool_calls).toEqual(first.tool_calls);
    const streamed = merge(await drain(await allowed.stream(ASKED)));
    expect(streamed.tool_calls).toEqual(first.tool_calls);
  });

  it("keeps no truncated or filtered answer, no refusal and no error", async () => {
    const cache = testCache();
    const model = withSemanticCache(openAi(), cache);
    server.script([
      { text: "cut", finishReason: "length" },
      { text: "x", finishReason: "content_filter" },
      { refusal: "I cannot." },
      { status: 500 },
    ]);
    for (let request = 0; request < 3; request += 1) await model.invoke(ASKED);
    await expect(model.invoke(ASKED)).rejects.toThrow();
    // ChatOpenAI drops the refusal of a chat completion, which leaves an empty answer.
    expect(cache.stats()).toMatchObject({ stored: 0, notStored: { truncated: 1, filtered: 1, empty: 1 } });
  });

  it("asks when told not to look", async () => {
    const cache = testCache();
    const model = withSemanticCache(openAi(), cache, { when: (messages) => !messages.at(-1)?.text.includes("today") });
    await model.invoke("What is new today?");
    await model.invoke("What is new today?");
    expect(server.journal).toHaveLength(2);
    expect(cache.stats().reasons["bypass:not-selected"]).toBe(2);
  });
});

describe("the key", () => {
  it("separates images by their content, and conversations by their turns", async () => {
    const model = withSemanticCache(openAi(), testCache());
    const see = (url: string) =>
      model.invoke([
        new HumanMessage({
          content: [
            { type: "text", text: ASKED },
            { type: "image_url", image_url: { url } },
          ],
        }),
      ]);
    await see("https://example.com/cat.png");
    await see("https://example.com/dog.png");
    expect(cacheMark(await see("https://example.com/cat.png"))?.kind).toBe("exact");
    expect(server.journal).toHaveLength(2);
    await model.invoke([new HumanMessage("q1"), new AIMessage("yes"), new HumanMessage("q2")]);
    await model.invoke("q1\nAI: yes\nHuman: q2");
    await model.invoke([
      new HumanMessage({ content: "q1", id: "other" }),
      new AIMessage({ content: "yes", id: "ids" }),
      new HumanMessage("q2"),
    ]);
    expect(server.journal).toHaveLength(4);
  });

  it("separates model parameters, also those that only the provider knows, but not run state", async () => {
    const cache = testCache();
    const ask = (fields: ChatOpenAIFields, options: object = {}) => withSemanticCache(openAi(fields), cache).invoke(ASKED, options);
    await ask({});
    await ask({ temperature: 1 });
    await ask({ modelKwargs: { min_p: 0.1 } });
    await ask({ modelKwargs: { min_p: 0.2 } });
    await ask({}, { response_format: { type: "json_object" } });
    expect(server.journal).toHaveLength(5);
    await ask(
      { user: "somebody", apiKey: "sk-other", timeout: 9999 },
      { metadata: { run: 1 }, runName: "x", tags: ["y"], executionInfo: { taskId: "z" } },
    );
    expect(server.journal).toHaveLength(5);
  });

  it("takes the question out of a template and compares the rest exactly", async () => {
    const queryText = (text: string): string | undefined => /Question: (.*)$/.exec(text)?.[1];
    const model = withSemanticCache(openAi(), testCache(), { queryText });
    await model.invoke(`Context: doc one.\nQuestion: ${ASKED}`);
    expect(cacheMark(await model.invoke(`Context: doc one.\nQuestion: ${PARAPHRASE}`))?.kind).toBe("semantic");
    await model.invoke(`Context: doc two.\nQuestion: ${ASKED}`);
    await model.invoke("No question here");
    await model.invoke("No question here");
    expect(server.journal).toHaveLength(4);
  });

  it("takes the scope from the run's config", async () => {
    const cache = testCache({ scope: (query) => query.scope });
    const model = withSemanticCache(openAi(), cache, { scope: (config) => config.metadata?.["tenant"] as string | undefined });
    for (const tenant of ["a", "b", "a", undefined, undefined]) await model.invoke(ASKED, { metadata: { tenant } });
    expect(server.journal).toHaveLength(4);
    expect(cache.stats().kinds).toMatchObject({ exact: 1, miss: 2, bypass: 2 });
  });
});

describe("replayed messages", () => {
  it("keeps arrays, reasoning and metadata, without signatures, usage or marks of the call", async () => {
    const answer = new AIMessage({
      content: [
        { type: "reasoning", reasoning: "Because." },
        { type: "thinking", thinking: "signed", signature: "sig-1" },
        { type: "text", text: "Open settings." },
      ],
      additional_kwargs: { reasoning_content: "Because.", __gemini_function_call_thought_signatures__: { a: "sig-2" } },
      response_metadata: { model_name: "m", tokenUsage: { totalTokens: 3 }, usage: { x: 1 }, router: { id: "r" }, finish_reason: "stop" },
      usage_metadata: { input_tokens: 2, output_tokens: 1, total_tokens: 3 },
    });
    const inner = new ScriptedModel(answer);
    const model = withSemanticCache(inner, testCache());
    await model.invoke(ASKED);
    for (const replayed of [await model.invoke(ASKED), merge(await drain(await model.stream(ASKED)))]) {
      expect(replayed.text).toBe("Open settings.");
      expect(replayed.content).toContainEqual(expect.objectContaining({ type: "reasoning", reasoning: "Because." }));
      expect(JSON.stringify(replayed)).not.toMatch(/sig-|tokenUsage|"router"/);
      expect(replayed.response_metadata).toMatchObject({ model_name: "m", finish_reason: "stop" });
      expect(cacheMark(replayed)?.savedUsage).toEqual({ inputTokens: 2, outputTokens: 1 });
    }
    expect(inner.calls).toBe(1);
  });

  it("gives every caller its own copy", async () => {
    server.reply({ answer: "Open settings." });
    const model = withSemanticCache(openAi(), testCache());
    await model.invoke(ASKED);
    const one = await model.invoke(ASKED);
    one.name = "changed";
    one.response_metadata["changed"] = true;
    const two = await model.invoke(ASKED);
    expect([two.name, two.response_metadata["changed"]]).toEqual([undefined, undefined]);
    expect(one.id).not.toBe(two.id);
  });

  it("keeps every message of an agent's second turn, though the answer is a replay", async () => {
    server.reply({ answer: "Open settings." });
    const agent = createAgent({ model: withSemanticCache(openAi(), testCache({ context: "first-turn-only" })), tools: [] });
    const first = await agent.invoke({ messages: [new HumanMessage(ASKED)] });
    const again = await agent.invoke({ messages: [new HumanMessage(ASKED)] });
    const { messages } = await agent.invoke({ messages: [...again.messages, new HumanMessage(OTHER)] });
    expect(messages).toHaveLength(4);
    expect(first.messages.at(-1)?.id).not.toBe(again.messages.at(-1)?.id);
  });
});

describe("reports", () => {
  it("sends events to the run of a hit, and to bare callbacks on a miss", async () => {
    const seen = collectEvents<SavingsEvent>();
    const model = withSemanticCache(openAi(), testCache({ onEvent: seen.onEvent }));
    const runs = collectRuns();
    await model.invoke(ASKED, { callbacks: [runs.handler] });
    const hit = await model.invoke(PARAPHRASE, { callbacks: [runs.handler] });
    const events = runs.events
      .filter(({ name }) => name === SAVINGS_EVENT)
      .map(({ data, runId }) => ({ ...(data as SavingsEvent), under: runId }));
    expect(events.map(({ kind }) => kind)).toEqual(["overhead", "avoided", "overhead"]);
    const avoided = events[1];
    expect(avoided).toMatchObject({ decisionId: cacheMark(hit)?.decisionId, under: runs.runs[1]?.id, llmRunId: runs.runs[1]?.id });
    expect(avoided?.nanoUsd).toBeGreaterThan(0);
    expect(seen.events).toHaveLength(3);
  });

  it("renews a stale answer in the background, once, tagged as overhead", async () => {
    const clock = fakeClock();
    const cache = testCache({ clock, ttlMs: 1000, staleWhileRevalidateMs: 5000 });
    const model = withSemanticCache(openAi(), cache);
    server.script(["first", "second"]);
    await model.invoke(ASKED);
    clock.advance(2000);
    const runs = collectRuns();
    const [one, two] = await Promise.all([model.invoke(ASKED, { callbacks: [runs.handler] }), model.stream(ASKED).then(drain).then(merge)]);
    expect([one.text, two.text, cacheMark(one)?.kind]).toEqual(["first", "first", "stale"]);
    await cache.idle();
    expect(server.journal).toHaveLength(2);
    expect((await model.invoke(ASKED)).text).toBe("second");
    expect(runs.ofKind("llm").filter(({ tags }) => tags.includes("langthrift:overhead"))).toHaveLength(1);
  });
});

describe("composition", () => {
  it("works around and inside of other wrappers of the same shape", async () => {
    server.reply({ answer: "Open settings." });
    const inner = testCache();
    const outer = testCache();
    const model = withSemanticCache(withSemanticCache(openAi(), inner), outer);
    await model.invoke(ASKED);
    expect(cacheMark(await model.invoke(PARAPHRASE))?.kind).toBe("semantic");
    expect(merge(await drain(await model.stream(ASKED))).text).toBe("Open settings.");
    await model.bindTools([]).invoke(OTHER);
    expect(server.journal).toHaveLength(2);
    // An answer that the inner cache gave is not kept again.
    const fresh = testCache();
    expect(cacheMark(await withSemanticCache(withSemanticCache(openAi(), inner), fresh).invoke(PARAPHRASE))?.kind).toBe("semantic");
    expect(fresh.stats()).toMatchObject({ stored: 0, notStored: { "from-cache": 1 } });
  });

  it("goes on as if it were not there when store and embedding fail, in every way of calling", async () => {
    server.reply({ answer: { text: "From the model." } });
    const down = () => Promise.reject(new Error("down"));
    const cache = testCache({
      store: { get: down, search: down, put: down, update: down, delete: down, entries: async function* () {}, close: down },
    });
    const model = withSemanticCache(openAi(), cache);
    expect((await model.invoke(ASKED)).text).toBe("From the model.");
    expect(merge(await drain(await model.stream(ASKED))).text).toBe("From the model.");
    expect((await model.generate([[new HumanMessage(ASKED)]])).generations[0]?.[0]?.text).toBe("From the model.");
    expect((await model.streamEvents(ASKED)).text).toBe("From the model.");
    expect(cache.stats().kinds.miss).toBe(4);
  });

  it("passes the model's own errors and aborts through", async () => {
    const model = withSemanticCache(openAi(), testCache());
    server.script([{ status: 401 }]);
    await expect(model.invoke(ASKED)).rejects.toMatchObject({ status: 401 });
    await expect(model.invoke(ASKED, { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow();
    server.reply({ answer: { text: "late", delayMs: 5000 } });
    const stop = new AbortController();
    const asked = server.journal.length;
    const late = expect(model.invoke(OTHER, { signal: stop.signal })).rejects.toThrow();
    // Not before the server has it: else it comes in the next test.
    await vi.waitFor(() => expect(server.journal.length).toBeGreaterThan(asked), { timeout: 4000 });
    stop.abort();
    await late;
  });

  it("serves callers that open the run themselves", async () => {
    server.reply({ answer: "Open settings." });
    const model = withSemanticCache(openAi(), testCache());
    const messages = [new SystemMessage("s"), new HumanMessage(ASKED)];
    const result = await model._generate(messages, {});
    expect(result.generations[0]?.text).toBe("Open settings.");
    const chunks: ChatGenerationChunk[] = [];
    for await (const chunk of model._streamResponseChunks(messages, {})) chunks.push(chunk);
    expect(chunks.map(({ text }) => text).join("")).toBe("Open settings.");
    expect(server.journal).toHaveLength(1);
  });

  it("refuses what is no chat model", () => {
    expect(() =>
      withSemanticCache(
        openAi()
          .bindTools([])
          .pipe((x: unknown) => x) as never,
        testCache(),
      ),
    ).toThrow(InvalidOptionError);
  });
});
