import type { CacheEntry, CacheStore } from "../cache-store.ts";

/** The part of a test runner that the suite uses; those of vitest and jest fit. */
export interface CacheStoreSuiteRunner {
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  readonly expect: (actual: unknown) => CacheStoreExpectation;
}

/** The assertions that the suite uses. */
export interface CacheStoreExpectation {
  toBe(expected: unknown): unknown;
  toEqual(expected: unknown): unknown;
  toBeLessThanOrEqual(expected: number): unknown;
}

/** What a store promises more, or less, than the default. */
export interface CacheStoreCapabilities {
  /** Largest error of a cosine that the store reports. @default 1e-6 */
  readonly similarityError?: number;
  /** Largest error of a number in a vector that comes back, for stores that keep fewer bits. @default 1e-6 */
  readonly vectorError?: number;
  /** Whether a vector of another dimension than its partition's is rejected by `put` and `search`. @default true */
  readonly rejectsOtherDimension?: boolean;
  /** Whether `entries()` also lists what has expired; servers drop it by themselves. @default true */
  readonly listsExpired?: boolean;
  /** Whether partitions may hold vectors of different dimensions; an index made for one model may not. @default true */
  readonly mixesDimensions?: boolean;
}

/** Options of {@link cacheStoreSuite}. */
export interface CacheStoreSuiteOptions extends CacheStoreSuiteRunner {
  /** A new store that holds nothing. */
  readonly create: () => CacheStore | Promise<CacheStore>;
  /** Frees what `create` made; the store has been closed by then. */
  readonly destroy?: (store: CacheStore) => void | Promise<void>;
  /** @default all of the defaults */
  readonly capabilities?: CacheStoreCapabilities;
}

/** Days, so that a server's own clock cannot come between two steps of a test. */
const DAY = 86_400_000;

/**
 * What every `CacheStore` must do, as tests for any runner. An adapter's test file is then a call of this.
 *
 * @example
 * cacheStoreSuite({ test, expect, create: () => memoryCacheStore() });
 */
export function cacheStoreSuite({ test, expect, create, destroy, capabilities = {} }: CacheStoreSuiteOptions): void {
  const {
    similarityError = 1e-6,
    vectorError = 1e-6,
    rejectsOtherDimension = true,
    listsExpired = true,
    mixesDimensions = true,
  } = capabilities;

  function check(name: string, run: (store: CacheStore, now: number) => Promise<void>): void {
    test(name, async () => {
      const store = await create();
      try {
        await run(store, Date.now());
      } finally {
        await store.close().catch(() => undefined);
        await destroy?.(store);
      }
    });
  }

  async function rejected(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return false;
    } catch {
      return true;
    }
  }

  async function idsOf(store: CacheStore, query: { partition?: string; vector: Float32Array; k?: number; now: number }): Promise<string[]> {
    const found = await store.search({ partition: query.partition ?? "p", vector: query.vector, k: query.k ?? 4, now: query.now });
    return found.map(({ entry }) => entry.id);
  }

  async function listed(store: CacheStore, filter?: Parameters<CacheStore["entries"]>[0]): Promise<string[]> {
    const ids: string[] = [];
    for await (const entry of store.entries(filter)) ids.push(entry.id);
    return ids.sort();
  }

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

  check("finds the nearest first, with their cosines, k at most", async (store, now) => {
    for (const [id, cosine] of [
      ["far", 0.1],
      ["near", 0.9],
      ["opposite", -0.5],
      ["nearest", 0.99],
    ] as const) {
      await store.put(suiteEntry(id, now, { vector: atCosine(8, cosine) }));
    }
    const found = await store.search({ partition: "p", vector: axis(8, 0), k: 4, now });
    expect(found.map(({ entry }) => entry.id)).toEqual(["nearest", "near", "far", "opposite"]);
    for (const [rank, cosine] of [0.99, 0.9, 0.1, -0.5].entries()) {
      expect(Math.abs((found[rank]?.similarity ?? 9) - cosine)).toBeLessThanOrEqual(similarityError);
    }
    expect(await idsOf(store, { vector: axis(8, 0), k: 2, now })).toEqual(["nearest", "near"]);
  });

  check("orders equals by id", async (store, now) => {
    for (const id of ["c", "a", "d", "b"]) await store.put(suiteEntry(id, now, { vector: axis(8, 3) }));
    expect(await idsOf(store, { vector: axis(8, 3), k: 4, now })).toEqual(["a", "b", "c", "d"]);
  });

  check("never crosses partitions, however near the other's entries are", async (store, now) => {
    for (let i = 0; i < 20; i += 1) await store.put(suiteEntry(`q${i}`, now, { partition: "q", vector: axis(8, 0) }));
    await store.put(suiteEntry("mine", now, { partition: "p", vector: atCosine(8, 0.4) }));
    expect(await idsOf(store, { partition: "p", vector: axis(8, 0), k: 1, now })).toEqual(["mine"]);
  });

  check("takes a partition's name literally", async (store, now) => {
    const names = ["a", "a*", "a|b", "{a}", "a b", "a,b", "*", 'a"', "a\\", "-a", "日本", "A"];
    for (const partition of names) await store.put(suiteEntry(`in ${partition}`, now, { partition }));
    for (const partition of names) {
      expect(await idsOf(store, { partition, vector: axis(8, 0), k: 20, now })).toEqual([`in ${partition}`]);
    }
    expect(await store.delete({ partition: "a*" })).toBe(1);
    expect((await listed(store)).length).toBe(names.length - 1);
  });

  check("does not let expired entries take the place of live ones", async (store, now) => {
    for (let i = 0; i < 20; i += 1) await store.put(suiteEntry(`gone${i}`, now, { vector: axis(8, 0), expiresAt: now + DAY }));
    await store.put(suiteEntry("live", now, { vector: atCosine(8, 0.5), expiresAt: now + 9 * DAY }));
    expect(await idsOf(store, { vector: axis(8, 0), k: 1, now: now + 2 * DAY })).toEqual(["live"]);
    expect(await store.get("gone1", now + 2 * DAY)).toBe(null);
    expect((await store.get("live", now + 2 * DAY))?.id).toBe("live");
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

  check("rejects vectors that are not finite and keeps what it had", async (store, now) => {
    await store.put(suiteEntry("a", now, {}));
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const vector = axis(8, 0);
      vector[7] = bad;
      expect(await rejected(() => store.put(suiteEntry("a", now, { vector, payload: "bad" })))).toBe(true);
      expect(await rejected(() => store.search({ partition: "p", vector, k: 1, now }))).toBe(true);
    }
    expect((await store.get("a", now))?.payload).toBe(suiteEntry("a", now, {}).payload);
  });

  check("gives a zero vector the similarity 0 to all", async (store, now) => {
    await store.put(suiteEntry("zero", now, { vector: new Float32Array(8) }));
    await store.put(suiteEntry("one", now, { vector: axis(8, 2) }));
    const found = await store.search({ partition: "p", vector: axis(8, 2), k: 4, now });
    expect(found[0]?.entry.id).toBe("one");
    for (const { entry, similarity } of found) {
      expect(Number.isFinite(similarity)).toBe(true);
      if (entry.id === "zero") expect(Math.abs(similarity)).toBeLessThanOrEqual(similarityError);
    }
  });

  if (rejectsOtherDimension) {
    check("rejects a vector of another dimension than its partition's", async (store, now) => {
      await store.put(suiteEntry("a", now, { vector: axis(8, 0) }));
      expect(await rejected(() => store.put(suiteEntry("b", now, { vector: axis(9, 0) })))).toBe(true);
      expect(await rejected(() => store.search({ partition: "p", vector: axis(9, 0), k: 1, now }))).toBe(true);
      expect(await idsOf(store, { vector: axis(8, 0), now })).toEqual(["a"]);
    });
  }

  const dimensions = mixesDimensions ? [1, 15, 16, 17, 384] : [384];
  check("keeps partitions of different dimensions apart", async (store, now) => {
    for (const dimension of dimensions) {
      await store.put(suiteEntry(`d${dimension}`, now, { partition: `p${dimension}`, vector: axis(dimension, 0) }));
    }
    for (const dimension of dimensions) {
      expect(await idsOf(store, { partition: `p${dimension}`, vector: axis(dimension, 0), now })).toEqual([`d${dimension}`]);
    }
  });

  check("stands many calls at once", async (store, now) => {
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        await store.put(suiteEntry(`e${i}`, now, { vector: pseudoRandomUnit(16, i + 1) }));
        await store.update(`e${i}`, { payload: `payload ${i}` });
      }),
    );
    const found = await Promise.all(Array.from({ length: 50 }, (_, i) => idsOf(store, { vector: pseudoRandomUnit(16, i + 1), k: 1, now })));
    expect(found.flat()).toEqual(Array.from({ length: 50 }, (_, i) => `e${i}`));
    expect((await store.get("e49", now))?.payload).toBe("payload 49");
  });
}

function suiteEntry(id: string, now: number, changes: Partial<CacheEntry>): CacheEntry {
  return {
    id,
    partition: "p",
    scope: "s",
    model: "m",
    tags: [],
    createdAt: now,
    expiresAt: now + 30 * DAY,
    vector: axis(8, 0),
    payload: `payload of ${id}`,
    state: { uses: 0, nanoUsd: 1000, labels: [] },
    ...changes,
  };
}

function axis(dimension: number, at: number): Float32Array {
  const vector = new Float32Array(dimension);
  vector[at] = 1;
  return vector;
}

/** A unit vector with this cosine to `axis(dimension, 0)`. */
function atCosine(dimension: number, cosine: number): Float32Array {
  const vector = new Float32Array(dimension);
  vector[0] = cosine;
  vector[1] = Math.sqrt(1 - cosine * cosine);
  return vector;
}

function pseudoRandomUnit(dimension: number, seed: number): Float32Array {
  const vector = Float32Array.from({ length: dimension }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233 + seed * i));
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

function largestDifference(a: Float32Array | null | undefined, b: Float32Array | null): number {
  if (!a || !b || a.length !== b.length) return Infinity;
  let largest = 0;
  for (const [i, value] of a.entries()) largest = Math.max(largest, Math.abs(value - (b[i] ?? 0)));
  return largest;
}
