import { describe, expect, it } from "vitest";
import type { CacheEntry } from "../cache-store.ts";
import { memoryCacheStore, type MemoryCacheStore } from "./memory-cache-store.ts";

function entry(id: string, changes: Partial<CacheEntry> = {}): CacheEntry {
  const state = { uses: 0, nanoUsd: 1000, labels: [] };
  const fields = { partition: "p", scope: "s", model: "m", tags: [], createdAt: 1, expiresAt: Infinity, vector: null, payload: "x", state };
  return { ...fields, id, ...changes };
}

async function ids(store: MemoryCacheStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { id } of store.entries()) found.push(id);
  return found.sort();
}

function storeAt(now: number, maxEntries: number): MemoryCacheStore {
  return memoryCacheStore({ maxEntries, clock: { now: () => now, monotonic: () => 0 } });
}

describe("a full in-process store", () => {
  it("lets go of what has expired first, however dear", async () => {
    const store = storeAt(100, 3);
    await store.put(entry("dear but expired", { expiresAt: 50, state: { uses: 99, nanoUsd: 1e9, labels: [] } }));
    await store.put(entry("a"));
    await store.put(entry("b"));
    await store.put(entry("c"));
    expect(await ids(store)).toEqual(["a", "b", "c"]);
  });

  it("then of the least worth: uses and price for its size", async () => {
    const store = storeAt(100, 3);
    await store.put(entry("used", { state: { uses: 5, nanoUsd: 1000, labels: [] } }));
    await store.put(entry("cheap", { state: { uses: 0, nanoUsd: 10, labels: [] } }));
    await store.put(entry("large", { payload: "x".repeat(5000) }));
    await store.put(entry("new"));
    expect(await ids(store)).toEqual(["large", "new", "used"]);
    await store.put(entry("newer"));
    expect(await ids(store)).toEqual(["new", "newer", "used"]);
  });

  it("forgets in time what was used often once", async () => {
    const store = storeAt(100, 3);
    await store.put(entry("old", { state: { uses: 20, nanoUsd: 1000, labels: [] } }));
    for (let i = 0; i < 200; i += 1) await store.put(entry(`e${i}`));
    expect(await ids(store)).not.toContain("old");
  });

  it("gives no scope more than half while there is another", async () => {
    const store = storeAt(100, 10);
    for (let i = 0; i < 10; i += 1) await store.put(entry(`a${i}`, { scope: "a" }));
    expect(store.size.entries).toBe(10);
    await store.put(entry("b0", { scope: "b" }));
    expect((await ids(store)).filter((id) => id.startsWith("a")).length).toBe(5);
    for (let i = 0; i < 50; i += 1) await store.put(entry(`flood${i}`, { scope: "a" }));
    expect(await ids(store)).toContain("b0");
    expect(store.size.entries).toBe(6);
  });
});
