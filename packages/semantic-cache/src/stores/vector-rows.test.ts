import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsRowScanner } from "../kernel/js-row-scanner.ts";
import { wasmRowScanner } from "../kernel/wasm-row-scanner.ts";
import { toFixedPoint } from "./fixed-point.ts";
import { cosine } from "./redis/entry-hash.ts";
import { type RowOwner, VectorRows } from "./vector-rows.ts";

interface Owner extends RowOwner {
  readonly vector: Float32Array;
}

function randomVectors(count: number, dimension: number, seed: number): Float32Array[] {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32 - 0.5;
  };
  return Array.from({ length: count }, () => Float32Array.from({ length: dimension }, next));
}

describe("VectorRows", () => {
  it.each([1, 15, 16, 17, 384])("finds what a scan of the full vectors finds, with both scanners, in %i dimensions", (dimension) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1500 }), (seed, count) => {
        const vectors = randomVectors(count, dimension, seed);
        const removed = new Set(vectors.map((_, i) => i).filter((i) => i % 7 === seed % 7));
        const results = [wasmRowScanner(), jsRowScanner()].map((scanner) => {
          const rows = new VectorRows<Owner>(dimension, scanner);
          const owners = vectors.map((vector, i) => ({ id: String(i).padStart(5, "0"), expiresAt: i % 3 === 0 ? 5 : 15, row: -1, vector }));
          for (const owner of owners) rows.add(owner, toFixedPoint(owner.vector));
          for (const i of removed) rows.remove(owners[i] as Owner);
          const [query] = randomVectors(1, dimension, seed + 1) as [Float32Array];
          const live = owners.filter((owner, i) => !removed.has(i) && owner.expiresAt > 10);
          const best = Math.max(...live.map(({ vector }) => cosine(vector, query)));
          const found = rows.search(query, 4, 10);
          expect(found.length).toBe(Math.min(4, live.length));
          if (live.length > 0) expect(cosine(found[0]?.owner.vector as Float32Array, query)).toBeGreaterThan(best - 1e-6);
          for (const { owner, similarity } of found) expect(Math.abs(cosine(owner.vector, query) - similarity)).toBeLessThan(1e-6);
          return found.map(({ owner, similarity }) => [owner.id, similarity]);
        });
        expect(results[0]).toEqual(results[1]);
      }),
      { numRuns: 8 },
    );
  });
});
