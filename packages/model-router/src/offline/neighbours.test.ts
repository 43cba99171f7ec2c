import fc from "fast-check";
import { expect, it } from "vitest";
import { indexNeighbours } from "./neighbours.ts";
import type { SparseVector } from "./sparse-vector.ts";

const vector = (entries: Readonly<Record<number, number>>): SparseVector => ({
  indices: Uint32Array.from(Object.keys(entries), Number),
  values: Float32Array.from(Object.values(entries)),
});

it("finds what a comparison with every row finds, nearest first, the earlier of equals before the later", () => {
  const vectors = fc.dictionary(
    fc.nat({ max: 9 }).map(String),
    fc.integer({ min: 1, max: 4 }).map((value) => value / 4),
  );
  fc.assert(
    fc.property(fc.array(vectors, { minLength: 1, maxLength: 30 }), vectors, fc.integer({ min: 1, max: 8 }), (rows, query, count) => {
      const found = indexNeighbours(rows.map(vector), 10).nearest(vector(query), count);
      const all = rows
        .map((row, at) => ({ row: at, similarity: Object.entries(query).reduce((sum, [key, value]) => sum + value * (row[key] ?? 0), 0) }))
        .sort((a, b) => b.similarity - a.similarity || a.row - b.row);
      expect(found).toEqual(all.slice(0, count));
    }),
  );
});

it("of many rows, passes over what most of them share: it tells none from another", () => {
  const rows = Array.from({ length: 3000 }, (_, at) => vector({ 0: 0.1, [1 + (at % 50)]: 0.9 }));
  const found = indexNeighbours(rows, 51).nearest(vector({ 0: 0.1, 7: 0.9 }), 60);
  expect(found.map(({ row }) => row)).toEqual(Array.from({ length: 60 }, (_, at) => 6 + 50 * at));
  expect(found[0]!.similarity).toBeCloseTo(0.81, 5);
});
