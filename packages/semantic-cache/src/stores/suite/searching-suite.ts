import type { SuiteContext } from "./suite-context.ts";
import { atCosine, axis, DAY, pseudoRandomUnit, suiteEntry } from "./suite-entries.ts";

/** Searches find the nearest of their partition, alive, with their cosines. */
export function searchingSuite({ check, expect, idsOf, listed, rejected, capabilities }: SuiteContext): void {
  const { similarityError, rejectsOtherDimension, mixesDimensions } = capabilities;

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
