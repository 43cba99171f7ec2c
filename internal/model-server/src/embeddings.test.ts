import { OpenAIEmbeddings, type OpenAIEmbeddingsParams } from "@langchain/openai";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startModelServer, type ModelServer } from "./index.ts";

let server: ModelServer;

beforeEach(async () => {
  server = await startModelServer({ models: [{ id: "text-embedding-3-small", rates: { input: 20_000_000, output: 0 }, dimensions: 384 }] });
});
afterEach(() => server.close());

function client(fields: Partial<OpenAIEmbeddingsParams> = {}): OpenAIEmbeddings {
  return new OpenAIEmbeddings({
    model: "text-embedding-3-small",
    apiKey: "sk-x",
    maxRetries: 0,
    configuration: { baseURL: server.url },
    ...fields,
  });
}

function cosine(a: readonly number[] = [], b: readonly number[] = []): number {
  const dot = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

it("puts like texts near each other and unlike ones far apart", async () => {
  const [pin, samePin, typo, weather] = await client().embedDocuments([
    "How do I reset my card PIN?",
    "resetting the PIN of my card",
    "How do I reset my crad PIN?",
    "What will the weather be in Oslo tomorrow",
  ]);
  expect(pin).toHaveLength(384);
  expect(Math.hypot(...(pin ?? []))).toBeCloseTo(1, 5);
  expect(cosine(pin, samePin)).toBeGreaterThan(0.6);
  expect(cosine(pin, typo)).toBeGreaterThan(0.6);
  expect(cosine(pin, weather)).toBeLessThan(0.3);
});

it("sends the same vector in base64 (the client's default) and as floats", async () => {
  const base64 = await client().embedQuery("hello");
  const floats = await client({ encodingFormat: "float" }).embedQuery("hello");
  expect(server.journal.map(({ request }) => request.body["encoding_format"])).toEqual(["base64", "float"]);
  expect(base64).toHaveLength(floats.length);
  expect(cosine(base64, floats)).toBeCloseTo(1, 6);
});

it("keeps to the dimensions asked for", async () => {
  expect(await client({ dimensions: 64 }).embedQuery("hello")).toHaveLength(64);
  expect(await client({ model: "text-embedding-ada-002" }).embedQuery("hello")).toHaveLength(256);
});

it("bills the tokens of the inputs", async () => {
  await client().embedDocuments(["hello world", "hi"]);
  expect(server.journal[0]?.usage).toEqual({ inputTokens: 3, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 });
  expect(server.invoice().totalNanoUsd).toBe(60);
});

it("takes vectors and failures from rules for embeddings, and leaves the script alone", async () => {
  server.script(["for chat only"]);
  server.reply({ answer: { status: 500 } });
  server.reply({ kind: "embeddings", text: "fail", answer: { status: 429, headers: { "retry-after": "1" } } });
  server.reply({ kind: "embeddings", text: "cut", answer: { cut: "before" } });
  server.reply({ kind: "embeddings", answer: { vector: (input) => [input.length, 1] } });
  expect(await client().embedQuery("four")).toEqual([4, 1]);
  await expect(client().embedQuery("fail")).rejects.toMatchObject({ status: 429 });
  await expect(client().embedQuery("cut")).rejects.toThrow();
});

it("refuses an empty input, as OpenAI does", async () => {
  await expect(client().embedQuery("")).rejects.toMatchObject({ status: 400 });
});

it("decodes inputs that come as tokens", async () => {
  const body = JSON.stringify({ model: "text-embedding-3-small", input: [24912, 2375] });
  await fetch(`${server.url}/embeddings`, { method: "POST", body });
  expect(server.journal[0]?.request.inputs).toEqual(["hello world"]);
});
