import { BedrockEmbeddings } from "@langchain/aws";
import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { OpenAIEmbeddings } from "@langchain/openai";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FixtureServer, startFixtureServer } from "../__fixtures__/fixture-server.ts";
import { CostCallbackHandler } from "../cost-callback-handler.ts";
import { EmbeddingUsageReader } from "./embedding-usage.ts";
import { TrackedEmbeddings } from "./tracked-embeddings.ts";

let server: FixtureServer;
beforeAll(async () => {
  server = await startFixtureServer();
});
afterAll(() => server.close());

function track(inner: EmbeddingsInterface, options: Partial<ConstructorParameters<typeof TrackedEmbeddings>[1]> = {}) {
  const costs = new CostCallbackHandler({ logger: false });
  return { costs, embeddings: new TrackedEmbeddings(inner, { costs, ...options }) };
}

describe("recorded embedding answers through the real clients", () => {
  const openai = (fetch?: typeof globalThis.fetch) =>
    new OpenAIEmbeddings({
      model: "text-embedding-3-small",
      apiKey: "none",
      maxRetries: 0,
      configuration: { baseURL: `${server.url}/v1`, ...(fetch && { fetch }) },
    });

  it("OpenAI: the 1,234 tokens of its usage at $0.02 a million", async () => {
    const reader = new EmbeddingUsageReader();
    const { costs, embeddings } = track(openai(reader.fetch), { reader });
    server.serve("openai-embeddings.json");
    const vectors = await embeddings.embedDocuments(["first text", "second text"]);
    expect(vectors).toHaveLength(2);
    expect(vectors[1]).toEqual([0.5, 0.25, -0.125]);
    const [entry] = costs.entries();
    expect(entry).toMatchObject({ kind: "embedding", model: "text-embedding-3-small", usage: { inputTokens: 1_234 }, nanoUsd: 24_680 });
    expect(entry?.estimateReasons).toBeUndefined();
    expect(entry?.confidence).toBe("exact");
  });

  it("OpenAI without a reader: LangChain drops the usage, so the texts are counted, and the entry says so", async () => {
    const { costs, embeddings } = track(openai());
    server.serve("openai-embeddings.json");
    await embeddings.embedDocuments(["first text", "second text"]);
    expect(costs.entries()).toMatchObject([{ usage: { inputTokens: 4 }, nanoUsd: 80, estimateReasons: ["usage-not-sent"] }]);
    expect(costs.summary().estimated).toBe(1);
  });

  it("Bedrock: its client drops inputTextTokenCount, so the text is counted, and the entry says so", async () => {
    const inner = new BedrockEmbeddings({
      model: "amazon.titan-embed-text-v1",
      region: "us-east-1",
      credentials: { accessKeyId: "none", secretAccessKey: "none" },
      clientOptions: {
        requestHandler: {
          async handle(request: { path: string; method: string; body?: string }) {
            const { status, headers, body } = await fetch(`${server.url}${request.path}`, {
              method: request.method,
              body: request.body ?? null,
            });
            return {
              response: { statusCode: status, headers: Object.fromEntries(headers), body: body && Readable.fromWeb(body as never) },
            };
          },
        },
      },
    });
    const { costs, embeddings } = track(inner, { provider: "bedrock" });
    server.serve("bedrock-titan-embed.json");
    expect(await embeddings.embedQuery("a text of seven tokens, or so")).toEqual([0.5, -0.25, 0.125]);
    const [entry] = costs.entries();
    expect(entry).toMatchObject({ model: "amazon.titan-embed-text-v1", estimateReasons: ["usage-not-sent"], usage: { estimated: true } });
    // $0.10 a million: 100 nano-dollars a token.
    expect(entry?.nanoUsd).toBe((entry?.usage?.inputTokens ?? 0) * 100);
    expect(entry?.nanoUsd).toBeGreaterThan(0);
  });
});
