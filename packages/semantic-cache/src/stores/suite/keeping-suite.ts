import type { SuiteContext } from "./suite-context.ts";
import { axis, DAY, largestDifference, suiteEntry } from "./suite-entries.ts";

/** What is put comes back, whole and as a copy, until it expires, is replaced or changed. */
export function keepingSuite({ check, expect, idsOf, capabilities }: SuiteContext): void {
  const { similarityError, vectorError } = capabilities;

  check("returns what was put", async (store, now) => {
    const entry = suiteEntry("a", now, {
      tags: ["t1", 'odd "tag", with {braces} and | pipes', "日本"],
      scope: "tenant:1|2",
      model: "gpt-4.1-mini",
      aliasOf: "other",
      payload: JSON.stringify({ question: "Wo ist der Schlüssel? 🔑\u0000\n", answer: 'a "quoted" answer' }),
      state: {
        uses: 3,
        nanoUsd: 12_345_678,
        blocked: true,
        labels: [{ similarity: 0.91, correct: true, source: "audit", at: now - 5 }],
      },
    });
    await store.put(entry);
    const found = await store.get("a", now);
    expect({ ...found, vector: null }).toEqual({ ...entry, vector: null });
    expect(largestDifference(found?.vector, entry.vector)).toBeLessThanOrEqual(vectorError);
  });

  check("keeps an unknown cost unknown and an endless life endless", async (store, now) => {
    await store.put(suiteEntry("a", now, { expiresAt: Infinity, vector: null, state: { uses: 0, nanoUsd: null, labels: [] } }));
    const found = await store.get("a", now + 1e6 * DAY);
    expect(found?.state.nanoUsd).toBe(null);
    expect(found?.expiresAt).toBe(Infinity);
    expect(found?.vector).toBe(null);
  });

  check("has nothing under an unknown id", async (store, now) => {
    expect(await store.get("nobody", now)).toBe(null);
    expect(await store.update("nobody", { payload: "x" })).toBe(false);
    expect(await store.delete({ ids: ["nobody"] })).toBe(0);
    expect(await idsOf(store, { vector: axis(8, 0), now })).toEqual([]);
  });

  check("replaces on a second put of an id", async (store, now) => {
    await store.put(suiteEntry("a", now, { vector: axis(8, 0), payload: "old", tags: ["old"] }));
    await store.put(suiteEntry("a", now, { vector: axis(8, 1), payload: "new", tags: ["new"] }));
    expect((await store.get("a", now))?.payload).toBe("new");
    const found = await store.search({ partition: "p", vector: axis(8, 1), k: 4, now });
    expect(found.length).toBe(1);
    expect(Math.abs((found[0]?.similarity ?? 0) - 1)).toBeLessThanOrEqual(similarityError);
    expect(await store.delete({ tags: ["old"] })).toBe(0);
    expect(await store.delete({ tags: ["new"] })).toBe(1);
  });

  check("moves an id that is put into another partition", async (store, now) => {
    await store.put(suiteEntry("a", now, { partition: "p" }));
    await store.put(suiteEntry("a", now, { partition: "q" }));
    expect(await idsOf(store, { partition: "p", vector: axis(8, 0), now })).toEqual([]);
    expect(await idsOf(store, { partition: "q", vector: axis(8, 0), now })).toEqual(["a"]);
  });

  check("accepts what has expired already and never returns it", async (store, now) => {
    await store.put(suiteEntry("a", now, { expiresAt: now - 1 }));
    expect(await store.get("a", now)).toBe(null);
    expect(await idsOf(store, { vector: axis(8, 0), now })).toEqual([]);
    await store.put(suiteEntry("edge", now, { expiresAt: now + DAY }));
    expect(await store.get("edge", now + DAY)).toBe(null);
  });

  check("updates some fields and keeps the rest", async (store, now) => {
    const entry = suiteEntry("a", now, { expiresAt: now + 3 * DAY, tags: ["t"] });
    await store.put(entry);
    const state = { uses: 1, nanoUsd: 7, labels: [{ similarity: 0.9, correct: false, source: "miss" as const, at: now }] };
    expect(await store.update("a", { state })).toBe(true);
    expect({ ...(await store.get("a", now)), vector: null }).toEqual({ ...entry, state, vector: null });
    expect(await store.get("a", now + 3 * DAY)).toBe(null);

    expect(await store.update("a", { payload: "p2", tags: ["u"], createdAt: now + 5, expiresAt: now + 5 * DAY })).toBe(true);
    const after = await store.get("a", now + 4 * DAY);
    expect({ ...after, vector: null }).toEqual({
      ...entry,
      state,
      payload: "p2",
      tags: ["u"],
      createdAt: now + 5,
      expiresAt: now + 5 * DAY,
      vector: null,
    });
    expect(await idsOf(store, { vector: axis(8, 0), now: now + 4 * DAY })).toEqual(["a"]);
    expect(await store.delete({ tags: ["t"] })).toBe(0);
    expect(await store.delete({ tags: ["u"] })).toBe(1);
  });

  check("hands out copies", async (store, now) => {
    const tags = ["t"];
    const vector = axis(8, 0);
    await store.put(suiteEntry("a", now, { tags, vector }));
    tags.push("later");
    vector.fill(0);
    const first = await store.get("a", now);
    expect(first?.tags).toEqual(["t"]);
    first?.vector?.fill(0);
    const [found] = await store.search({ partition: "p", vector: axis(8, 0), k: 1, now });
    expect(Math.abs((found?.similarity ?? 0) - 1)).toBeLessThanOrEqual(similarityError);
  });
}
