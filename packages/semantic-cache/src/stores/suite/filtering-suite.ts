import type { CacheEntry } from "../../cache-store.ts";
import type { SuiteContext } from "./suite-context.ts";
import { axis, pseudoRandomUnit, suiteEntry } from "./suite-entries.ts";

/** Deletions and listings take the entries that meet every condition. */
export function filteringSuite({ check, expect, idsOf, listed, capabilities }: SuiteContext): void {
  const { listsExpired } = capabilities;

  check("deletes what meets every condition", async (store, now) => {
    const put = (id: string, changes: Partial<CacheEntry>) => store.put(suiteEntry(id, now, changes));
    await put("a", { scope: "s1", model: "m1", tags: ["x", "y"], createdAt: now - 5 });
    await put("b", { scope: "s1", model: "m2", tags: ["y"], createdAt: now - 3 });
    await put("c", { scope: "s2", model: "m1", tags: [], createdAt: now - 1, partition: "q" });
    await put("d", { scope: "s2", model: "m2", tags: ["z"], createdAt: now, vector: null });
    expect(await store.delete({ scope: "s1", tags: ["z"] })).toBe(0);
    expect(await store.delete({ scope: "s1", model: "m1" })).toBe(1);
    expect(await listed(store)).toEqual(["b", "c", "d"]);
    expect(await store.delete({ createdBefore: now - 2 })).toBe(1);
    expect(await listed(store)).toEqual(["c", "d"]);
    expect(await store.delete({ ids: ["c", "d", "nobody"], partition: "q" })).toBe(1);
    expect(await store.delete({ tags: ["x", "z"] })).toBe(1);
    expect(await listed(store)).toEqual([]);
    expect(await idsOf(store, { partition: "q", vector: axis(8, 0), now })).toEqual([]);
  });

  check("deletes everything under an empty filter", async (store, now) => {
    for (let i = 0; i < 30; i += 1)
      await store.put(suiteEntry(`e${i}`, now, { partition: `p${i % 3}`, vector: i % 5 ? axis(8, i % 8) : null }));
    expect(await store.delete({})).toBe(30);
    expect(await listed(store)).toEqual([]);
    await store.put(suiteEntry("again", now, {}));
    expect(await idsOf(store, { vector: axis(8, 0), now })).toEqual(["again"]);
  });

  check("keeps the others when one of many is deleted", async (store, now) => {
    const kept = new Map<string, Float32Array>();
    for (let i = 0; i < 24; i += 1) {
      const vector = pseudoRandomUnit(16, i + 1);
      kept.set(`e${i}`, vector);
      await store.put(suiteEntry(`e${i}`, now, { vector }));
    }
    for (const id of ["e0", "e23", "e11", "e12"]) {
      expect(await store.delete({ ids: [id] })).toBe(1);
      kept.delete(id);
    }
    for (const [id, vector] of kept) expect(await idsOf(store, { vector, k: 1, now })).toEqual([id]);
  });

  check("lists entries under a filter", async (store, now) => {
    await store.put(suiteEntry("a", now, { scope: "s1", tags: ["x"] }));
    await store.put(suiteEntry("b", now, { scope: "s2", vector: null }));
    expect(await listed(store)).toEqual(["a", "b"]);
    expect(await listed(store, { scope: "s2" })).toEqual(["b"]);
    expect(await listed(store, { tags: ["x", "y"] })).toEqual(["a"]);
    expect(await listed(store, { ids: ["a", "z"] })).toEqual(["a"]);
    if (!listsExpired) return;
    await store.put(suiteEntry("expired", now, { expiresAt: now - 1 }));
    expect(await listed(store)).toEqual(["a", "b", "expired"]);
  });
}
