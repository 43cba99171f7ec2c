import { InMemoryStore } from "@langchain/core/stores";
import { FakeEmbeddings, FakeVectorStore } from "@langchain/core/utils/testing";
import { describe, expect, it, test } from "vitest";
import type { CacheEntry } from "../cache-store.ts";
import { cacheStoreSuite } from "./cache-store-suite.ts";
import { vectorStoreAdapter } from "./vector-store-adapter.ts";

interface StoredDocument {
  readonly metadata: Record<string, unknown>;
}

function byPartition(partition: string): unknown {
  return (document: StoredDocument) => document.metadata["partition"] === partition;
}

function vectors(): FakeVectorStore {
  return new FakeVectorStore(new FakeEmbeddings());
}

/** Deletes by id, as most stores do and `FakeVectorStore` does not. */
class DeletingVectorStore extends FakeVectorStore {
  override delete(parameters: { ids: string[] }): Promise<void> {
    this.memoryVectors = this.memoryVectors.filter(({ content }) => !parameters.ids.includes(content.split(" ")[0] ?? ""));
    return Promise.resolve();
  }
}

function entry(id: string, changes: Partial<CacheEntry> = {}): CacheEntry {
  const state = { uses: 0, nanoUsd: null, labels: [] };
  const fields = { partition: "p", scope: "s", model: "m", tags: ["t"], createdAt: 1, expiresAt: Infinity, payload: `payload of ${id}` };
  return { ...fields, id, state, vector: Float32Array.from([1, 0]), ...changes };
}

const query = { partition: "p", vector: Float32Array.from([1, 0]), k: 4, now: 10 };

describe("vectorStoreAdapter", () => {
  cacheStoreSuite({ test, expect, create: () => vectorStoreAdapter(vectors(), { filter: byPartition }) });

  describe("on a store that deletes", () => {
    cacheStoreSuite({
      test,
      expect,
      create: () => vectorStoreAdapter(new DeletingVectorStore(new FakeEmbeddings()), { filter: byPartition }),
    });
  });

  it("needs a filter", () => {
    const options = {} as unknown as Parameters<typeof vectorStoreAdapter>[1];
    expect(() => vectorStoreAdapter(vectors(), options)).toThrow(/filter/);
  });

  it("survives a restart and is shared when both parts are", async () => {
    const shared = [vectors(), { filter: byPartition, entries: new InMemoryStore<Uint8Array>() }] as const;
    const first = vectorStoreAdapter(...shared);
    const second = vectorStoreAdapter(...shared);
    await first.put(entry("a"));
    await first.put(entry("b", { vector: null }));
    expect((await second.get("b", 10))?.payload).toBe("payload of b");
    expect((await second.search(query)).map(({ entry: found }) => found)).toEqual([entry("a")]);

    await second.update("a", { payload: "new" });
    expect((await first.search(query))[0]?.entry.payload).toBe("new");
    await second.put(entry("a", { payload: "newer", vector: Float32Array.from([0, 1]) }));
    const [found, ...others] = await first.search(query);
    expect([found?.entry.payload, found?.similarity, others]).toEqual(["newer", 0, []]);
    expect(await second.delete({ tags: ["t"] })).toBe(2);
    expect(await first.search(query)).toEqual([]);
    expect(await first.get("b", 10)).toBe(null);
  });

  it("serves nothing that only the vector store remembers", async () => {
    const remembered = vectors();
    await vectorStoreAdapter(remembered, { filter: byPartition }).put(entry("a"));
    expect(await vectorStoreAdapter(remembered, { filter: byPartition }).search(query)).toEqual([]);
  });

  it("checks the partition again when the filter lets others through", async () => {
    const store = vectorStoreAdapter(vectors(), { filter: () => undefined });
    await store.put(entry("mine"));
    await store.put(entry("other", { partition: "q" }));
    expect((await store.search(query)).map(({ entry: found }) => found.id)).toEqual(["mine"]);
  });

  it("takes what it cannot read for gone", async () => {
    const entries = new InMemoryStore<Uint8Array>();
    const store = vectorStoreAdapter(vectors(), { filter: byPartition, entries, keyPrefix: "k-" });
    await store.put(entry("a"));
    for await (const key of entries.yieldKeys("k-")) await entries.mset([[key, new TextEncoder().encode('{"version":2}')]]);
    expect(await store.get("a", 10)).toBe(null);
    expect(await store.search(query)).toEqual([]);
    expect(await store.update("a", { payload: "x" })).toBe(false);
  });

  it("removes documents and entries that a search finds dead", async () => {
    const entries = new InMemoryStore<Uint8Array>();
    const deleting = new DeletingVectorStore(new FakeEmbeddings());
    const store = vectorStoreAdapter(deleting, { filter: byPartition, entries });
    await store.put(entry("expired", { expiresAt: 5 }));
    await store.put(entry("a"));
    await store.put(entry("a", { payload: "new" }));
    expect(deleting.memoryVectors.length).toBe(2);
    expect((await store.search(query)).map(({ entry: found }) => found.payload)).toEqual(["new"]);
    await store.close();
    expect(deleting.memoryVectors.length).toBe(1);
    const keys: string[] = [];
    for await (const key of entries.yieldKeys()) keys.push(key);
    expect(keys.length).toBe(1);
  });

  it("keeps each of several updates made at once", async () => {
    const store = vectorStoreAdapter(vectors(), { filter: byPartition });
    await store.put(entry("a"));
    await Promise.all([store.update("a", { payload: "new" }), store.update("a", { tags: ["u"] }), store.update("a", { expiresAt: 99 })]);
    expect(await store.get("a", 10)).toEqual(entry("a", { payload: "new", tags: ["u"], expiresAt: 99 }));
  });

  it("finds nothing, without an error, where no index has been made yet, and passes on the errors of one that has", async () => {
    const failing = vectors();
    failing.similaritySearchVectorWithScore = () => Promise.reject(new Error("no such index"));
    const store = vectorStoreAdapter(failing, { filter: byPartition });
    expect(await store.search(query)).toEqual([]);
    await store.put(entry("a"));
    await expect(store.search(query)).rejects.toThrow("no such index");
  });
});
