import { tool } from "@langchain/core/tools";
import { type AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI, type ChatOpenAIFields } from "@langchain/openai";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { startModelServer, type ModelServer } from "./index.ts";

let server: ModelServer;

beforeEach(async () => {
  server = await startModelServer({ models: [{ id: "o4-mini", servedAs: "o4-mini-2025-04-16" }] });
});
afterEach(() => server.close());

function client(fields: ChatOpenAIFields = {}): ChatOpenAI {
  return new ChatOpenAI({
    model: "gpt-4o-mini",
    useResponsesApi: true,
    apiKey: "sk-x",
    maxRetries: 0,
    configuration: { baseURL: server.url },
    ...fields,
  });
}

async function collect(stream: AsyncIterable<AIMessageChunk>): Promise<{ chunks: AIMessageChunk[]; whole: AIMessageChunk }> {
  const chunks: AIMessageChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { chunks, whole: chunks.reduce((sum, chunk) => sum.concat(chunk)) };
}

const lookUp = tool(() => "42", { name: "look_up", description: "Looks up a number.", schema: z.object({ key: z.string() }) });

it("answers and streams the same text and usage as chat completions", async () => {
  const chat = await client({ useResponsesApi: false }).invoke("How do I reset my PIN?");
  const message = await client().invoke("How do I reset my PIN?");
  const { chunks, whole } = await collect(await client().stream("How do I reset my PIN?"));
  expect(message.text).toBe(chat.content);
  expect(whole.text).toBe(chat.content);
  expect(chunks.length).toBeGreaterThan(5);
  for (const answer of [message, whole]) {
    expect(answer.usage_metadata).toMatchObject({
      input_tokens: chat.usage_metadata?.input_tokens,
      output_tokens: chat.usage_metadata?.output_tokens,
      input_token_details: { cache_read: 0 },
    });
    expect(answer.response_metadata).toMatchObject({ status: "completed", service_tier: "default" });
  }
  expect(server.journal.map(({ request }) => request.kind)).toEqual(["chat", "responses", "responses"]);
});

it("reports cached and reasoning tokens, the tier and the snapshot that served", async () => {
  const answer = { text: "ok", usage: { inputTokens: 2_000, cachedTokens: 1_024, outputTokens: 70, reasoningTokens: 64 } };
  server.script([answer, answer]);
  const model = client({ model: "o4-mini", service_tier: "flex" });
  const message = await model.invoke("hi");
  const { whole } = await collect(await model.stream("hi"));
  for (const answer of [message, whole]) {
    expect(answer.usage_metadata).toMatchObject({
      input_tokens: 2_000,
      output_tokens: 70,
      input_token_details: { cache_read: 1_024 },
      output_token_details: { reasoning: 64 },
    });
    expect(answer.response_metadata).toMatchObject({ service_tier: "flex", model_name: "o4-mini-2025-04-16" });
    expect(answer.additional_kwargs["reasoning"]).toMatchObject({ type: "reasoning" });
  }
});

it("calls tools and takes their answers in the next turn", async () => {
  const calls = { toolCalls: [{ name: "look_up", args: { key: "answer" } }] };
  server.script([calls, calls, "It is 42."]);
  const model = client().bindTools([lookUp]);
  const question = new HumanMessage("What is the answer?");
  const message = await model.invoke([question]);
  const { whole } = await collect((await model.stream([question])) as AsyncIterable<AIMessageChunk>);
  expect(whole.tool_calls).toMatchObject([{ name: "look_up", args: { key: "answer" } }]);
  const [call] = message.tool_calls ?? [];
  expect(call).toMatchObject({ name: "look_up", args: { key: "answer" } });

  const result = new ToolMessage({ content: "42", tool_call_id: call?.id ?? "" });
  const last = await model.invoke([question, message, result]);
  expect(last.text).toBe("It is 42.");
  expect(server.journal[2]?.request.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
  await expect(model.invoke([question, message])).rejects.toThrow("No tool output found for function call");
});

it("continues a stored response, whose messages count as input again", async () => {
  const first = await client().invoke("My name is Ada.");
  const id = first.response_metadata["id"] as string;
  const second = await client().invoke("What is my name?", { previous_response_id: id });
  const alone = await client().invoke("What is my name?");
  expect(second.usage_metadata?.input_tokens).toBeGreaterThan((alone.usage_metadata?.input_tokens ?? 0) + 50);
  await expect(client().invoke("hi", { previous_response_id: "resp_unknown" })).rejects.toThrow("not found");
});

it("returns structured output", async () => {
  server.script([{ json: { city: "Oslo" } }]);
  const model = client().withStructuredOutput(z.object({ city: z.string() }), { name: "place", method: "jsonSchema" });
  expect(await model.invoke("Where?")).toEqual({ city: "Oslo" });
  expect(await model.invoke("Where?")).toEqual({ city: "text" });
});

it("is incomplete at the token limit", async () => {
  server.script(["one two three four", "one two three four"]);
  const message = await client({ maxTokens: 2 }).invoke("count");
  const { whole } = await collect(await client({ maxTokens: 2 }).stream("count"));
  for (const answer of [message, whole]) {
    expect(answer.text).toBe("one two");
    expect(answer.response_metadata).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
  }
});

it("fails by status and by a cut stream", async () => {
  server.script([{ status: 429, headers: { "retry-after": "3" } }, { cut: "mid" }]);
  await expect(client().invoke("hi")).rejects.toMatchObject({ status: 429, lc_error_code: "MODEL_RATE_LIMIT" });
  await expect(client().stream("hi").then(collect)).rejects.toThrow();
  await server.settled();
  expect(server.journal[1]).toMatchObject({ outcome: "cut" });
});
