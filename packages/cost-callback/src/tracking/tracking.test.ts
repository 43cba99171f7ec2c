import { FakeVectorStore } from "@langchain/core/utils/testing";
import { OpenAIEmbeddings } from "@langchain/openai";
import { defaultTokenCounter, InvalidOptionError } from "@langthrift/core";
import { type ModelServer, startModelServer } from "@langthrift/model-server";
import { fakeClock, scriptedEmbeddings } from "@langthrift/test-helpers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CostCallbackHandler } from "../cost-callback-handler.ts";
import { EmbeddingUsageReader } from "./embedding-usage.ts";
import { TrackedEmbeddings } from "./tracked-embeddings.ts";
import { TrackedVectorStore } from "./tracked-vector-store.ts";

const MODEL = "text-embedding-3-small";
let server: ModelServer;
beforeAll(async () => {
  // Loading it keeps the process busy for seconds, in which a server closes connections that are then used again.
  await defaultTokenCounter();
  server = await startModelServer({ models: [{ id: MODEL, rates: { input: 20_000_000, output: 0 } }] });
});
afterAll(() => server.close());
beforeEach(() => server.reset());

function tracked(withReader = true) {
  const costs = new CostCallbackHandler({ labels: { user: ["userId"] } });
  const reader = new EmbeddingUsageReader();
  const configuration = { baseURL: server.url, ...(withReader && { fetch: reader.fetch }) };
  const inner = new OpenAIEmbeddings({ model: MODEL, apiKey: "none", maxRetries: 0, batchSize: 3, configuration });
  return { costs, embeddings: new TrackedEmbeddings(inner, { costs, ...(withReader && { reader }) }) };
}

describe("TrackedEmbeddings", () => {
  it("charges what the provider counted, also over several requests of one call", async () => {
    const { costs, embeddings } = tracked();
    await embeddings.embedQuery("a question\nwith a line break");
    await embeddings.embedDocuments(["one", "two", "three", "four", "four", "five", "six"]);
    expect(server.journal.length).toBe(4);
    expect(costs.summary({ by: "kind" })).toMatchObject({
      calls: 2,
      requests: 0,
      estimated: 0,
      spentNanoUsd: server.invoice().totalNanoUsd,
    });
    expect(costs.entries().every(({ estimateReasons }) => estimateReasons === undefined)).toBe(true);
  });

  it("tells concurrent calls apart by their texts", async () => {
    const { costs, embeddings } = tracked();
    const texts = ["short", "a somewhat longer question", "the longest question of the three, with many more words in it"];
    await Promise.all(texts.map((text) => embeddings.embedQuery(text)));
    const byServer = server.journal.map(({ usage }) => usage?.inputTokens);
    expect(new Set(costs.entries().map(({ usage }) => usage?.inputTokens))).toEqual(new Set(byServer));
    expect(costs.entries()).toHaveLength(3);
  });

  it("counts by itself where it cannot read, and says so", async () => {
    const { costs, embeddings } = tracked(false);
    await embeddings.embedQuery("count me");
    expect(costs.entries()).toMatchObject([{ kind: "embedding", estimateReasons: ["usage-not-sent"] }]);
    expect(Reflect.get(embeddings, Symbol.for("langthrift.in-ledger"))).toBe(true);
  });

  it("asks for a model name where there is none", () => {
    const costs = new CostCallbackHandler();
    expect(() => new TrackedEmbeddings(scriptedEmbeddings({}), { costs })).toThrow(InvalidOptionError);
  });
});

describe("TrackedVectorStore", () => {
  it("charges writes, reads and storage by the user's rates", async () => {
    const clock = fakeClock();
    const costs = new CostCallbackHandler({ clock });
    const embeddings = { embedQuery: async () => [1, 0], embedDocuments: async (texts: string[]) => texts.map(() => [1, 0]) };
    const store = new TrackedVectorStore(new FakeVectorStore(embeddings), {
      costs,
      clock,
      rates: { writeUsdPerMillion: 2, readUsdPerMillion: 8, queryUsd: 0.001, storageUsdPerGbMonth: 0.33 },
    });
    await store.addDocuments([
      { pageContent: "12345678", metadata: {} },
      { pageContent: "12345678", metadata: {} },
    ]);
    // Each: 2 dimensions x 4, 8 of text, 2 of "{}".
    expect(store.storedBytes).toBe(36);
    await store.similaritySearch("x", 1);
    clock.advance(730 * 3_600_000 * 1_000);
    // 0.33 nano-dollars a byte and month x 36 bytes x 1,000 months.
    expect(store.chargeStorage()).toBe(11_880);
    const groups = Object.fromEntries(costs.summary({ by: "runName" }).groups.map(({ key, spentNanoUsd }) => [key, spentNanoUsd]));
    expect(groups).toEqual({ write: 4_000, read: 1_008_000, storage: 11_880 });
    expect(await store.asRetriever(1).invoke("x")).toHaveLength(1);
  });

  it("refuses a rate that is none", () => {
    const inner = new FakeVectorStore(scriptedEmbeddings({}));
    expect(() => new TrackedVectorStore(inner, { costs: new CostCallbackHandler(), rates: { queryUsd: -1 } })).toThrow(InvalidOptionError);
  });
});
