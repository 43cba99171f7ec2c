import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { createPriceBook, IN_LEDGER, InvalidOptionError } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { CachedEmbeddings } from "./cached-embeddings.ts";
import { MiniLMEmbeddings } from "./mini-lm-embeddings.ts";

/** Embeds a text as its length and first character; remembers what it was asked, and refuses what the test says. */
function scripted({ refuse = [] as readonly string[] } = {}) {
  const calls: string[][] = [];
  const vector = (text: string) => [text.length, text.charCodeAt(0)];
  const embed = async (texts: string[]): Promise<number[][]> => {
    calls.push(texts);
    await Promise.resolve();
    if (texts.some((text) => refuse.includes(text))) throw new Error(`refused ${texts.join()}`);
    return texts.map(vector);
  };
  const embeddings: EmbeddingsInterface = {
    embedQuery: async (text) => (await embed([text]))[0] as number[],
    embedDocuments: embed,
  };
  return { embeddings, calls, vector };
}

describe("CachedEmbeddings", () => {
  it("embeds a text once, as query and as document", async () => {
    const { embeddings, calls, vector } = scripted();
    const cached = new CachedEmbeddings({ embeddings });
    expect(await cached.embedQuery("one")).toEqual(vector("one"));
    expect(await cached.embedQuery("one")).toEqual(vector("one"));
    expect(await cached.embedDocuments(["two", "one", "two"])).toEqual(["two", "one", "two"].map(vector));
    expect(calls).toEqual([["one"], ["two"]]);
    expect(cached.stats).toEqual({ hits: 2, joined: 1, misses: 2 });
  });

  it("sends the queries of one turn as one batch, each text once", async () => {
    const { embeddings, calls, vector } = scripted();
    const cached = new CachedEmbeddings({ embeddings });
    const texts = ["a", "bb", "a", "ccc"];
    expect(await Promise.all(texts.map((text) => cached.embedQuery(text)))).toEqual(texts.map(vector));
    expect(calls).toEqual([["a", "bb", "ccc"]]);
    expect(cached.stats).toEqual({ hits: 0, joined: 1, misses: 3 });
  });

  it("keeps queries and documents apart for an asymmetric model", async () => {
    const { embeddings, calls } = scripted();
    const cached = new CachedEmbeddings({ embeddings, asymmetric: true });
    await Promise.all([cached.embedQuery("a"), cached.embedQuery("b")]);
    await cached.embedDocuments(["a", "b"]);
    expect(calls).toEqual([["a"], ["b"], ["a", "b"]]);
  });

  it("does not let one refused text fail its batch, and forgets failures", async () => {
    const refuse: string[] = ["bad"];
    const { embeddings, vector } = scripted({ refuse });
    const cached = new CachedEmbeddings({ embeddings });
    const [good, bad] = await Promise.allSettled([cached.embedQuery("good"), cached.embedQuery("bad")]);
    expect(good).toEqual({ status: "fulfilled", value: vector("good") });
    expect(bad).toMatchObject({ status: "rejected", reason: { message: "refused bad" } });
    await expect(cached.embedDocuments(["new", "bad"])).rejects.toThrow("refused new,bad");
    refuse.length = 0;
    expect(await cached.embedQuery("bad")).toEqual(vector("bad"));
  });

  it("drops the least recently used vector", async () => {
    const { embeddings, calls } = scripted();
    const cached = new CachedEmbeddings({ embeddings, maxEntries: 2 });
    for (const text of ["a", "b", "a", "c", "a", "b"]) await cached.embedQuery(text);
    expect(calls).toEqual([["a"], ["b"], ["c"], ["b"]]);
  });

  it("hands out copies", async () => {
    const cached = new CachedEmbeddings(scripted());
    const first = await cached.embedQuery("a");
    first[0] = 99;
    expect((await cached.embedQuery("a"))[0]).toBe(1);
  });

  it("ends the wait of the one who aborts, not the work that another shares", async () => {
    const { embeddings, calls, vector } = scripted();
    const cached = new CachedEmbeddings({ embeddings });
    const controller = new AbortController();
    const reason = new Error("enough");
    const leaving = cached.embedQuery("a", { signal: controller.signal });
    const staying = cached.embedQuery("a");
    controller.abort(reason);
    await expect(leaving).rejects.toBe(reason);
    expect(await staying).toEqual(vector("a"));
    await expect(cached.embedDocuments(["b"], { signal: controller.signal })).rejects.toBe(reason);
    expect(calls).toEqual([["a"]]);
  });

  it("rejects when the embeddings lose a vector", async () => {
    const cached = new CachedEmbeddings({ embeddings: { embedQuery: async () => [1], embedDocuments: async () => [[1]] } });
    await expect(cached.embedDocuments(["a", "b"])).rejects.toThrow("1 vectors for 2 texts");
  });

  it("passes on that a ledger sees the embeddings itself", () => {
    const { embeddings } = scripted();
    expect(Reflect.has(new CachedEmbeddings({ embeddings }), IN_LEDGER)).toBe(false);
    const tracked: EmbeddingsInterface = Object.assign(embeddings, { [IN_LEDGER]: true });
    expect(Reflect.get(new CachedEmbeddings({ embeddings: tracked }), IN_LEDGER)).toBe(true);
  });

  it.each([0, -1, 1.5, Number.NaN])("rejects maxEntries %d at construction", (maxEntries) => {
    expect(() => new CachedEmbeddings({ ...scripted(), maxEntries })).toThrow(InvalidOptionError);
  });

  it("bears the name and length of the model it wraps, by which a ledger finds the price", async () => {
    const inner = new MiniLMEmbeddings();
    const cached = new CachedEmbeddings({ embeddings: new CachedEmbeddings({ embeddings: inner }) });
    expect(cached).toMatchObject({ model: inner.model, dimensions: inner.dimensions });
    const usage = { inputTokens: 10, outputTokens: 0 };
    expect(createPriceBook({ logger: false }).priceOf({ model: cached.model ?? "none", usage })).toMatchObject({ nanoUsd: 0 });
    // Under the other name that LangChain's integrations use.
    const { embeddings } = scripted();
    expect(new CachedEmbeddings({ embeddings: Object.assign(embeddings, { modelName: "own" }) }).model).toBe("own");
    expect("dimensions" in new CachedEmbeddings({ embeddings })).toBe(false);
    const nameless = new CachedEmbeddings({ embeddings: scripted().embeddings });
    expect("model" in nameless).toBe(false);
  });
});
