import type { SparseVector } from "./sparse-vector.ts";

/** Finds the nearest of many sparse vectors by cosine, through an inverted index. */
export interface NeighbourIndex {
  readonly size: number;
  /** Nearest first; at most `count`. */
  nearest(vector: SparseVector, count: number): { readonly row: number; readonly similarity: number }[];
}

/** With this many rows, buckets that more than a quarter of them share are left out of the search: most of its time, little of the similarity. */
const MANY_ROWS = 2000;

export function indexNeighbours(vectors: readonly SparseVector[], dimensions: number): NeighbourIndex {
  const starts = new Uint32Array(dimensions + 1);
  for (const { indices } of vectors) for (const index of indices) starts[index + 1]! += 1;
  for (let at = 0; at < dimensions; at += 1) starts[at + 1]! += starts[at]!;
  const next = Uint32Array.from(starts);
  const rows = new Uint32Array(starts[dimensions]!);
  const weights = new Float32Array(starts[dimensions]!);
  for (const [row, { indices, values }] of vectors.entries()) {
    for (let at = 0; at < indices.length; at += 1) {
      const place = next[indices[at]!]!++;
      rows[place] = row;
      weights[place] = values[at]!;
    }
  }
  const similarities = new Float32Array(vectors.length);
  const longest = vectors.length > MANY_ROWS ? vectors.length / 4 : Infinity;
  return {
    size: vectors.length,
    nearest({ indices, values }, count) {
      similarities.fill(0);
      for (let at = 0; at < indices.length; at += 1) {
        const value = values[at]!;
        const start = starts[indices[at]!]!;
        const end = starts[indices[at]! + 1]!;
        if (end - start > longest) continue;
        for (let place = start; place < end; place += 1) {
          similarities[rows[place]!]! += value * weights[place]!;
        }
      }
      return largest(similarities, count);
    },
  };
}

/** The largest values, through a heap whose root is the smallest that is kept. */
function largest(values: Float32Array, count: number): { row: number; similarity: number }[] {
  const size = Math.min(count, values.length);
  const heap: number[] = [];
  const less = (a: number, b: number) => values[a]! < values[b]! || (values[a] === values[b] && a > b);
  const sink = (start: number) => {
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) return;
      if (child + 1 < heap.length && less(heap[child + 1]!, heap[child]!)) child += 1;
      if (!less(heap[child]!, heap[at]!)) return;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
  };
  for (let row = 0; row < values.length; row += 1) {
    if (heap.length < size) {
      heap.push(row);
      if (heap.length === size) for (let at = (size >> 1) - 1; at >= 0; at -= 1) sink(at);
    } else if (size > 0 && less(heap[0]!, row)) {
      heap[0] = row;
      sink(0);
    }
  }
  return heap.sort((a, b) => values[b]! - values[a]! || a - b).map((row) => ({ row, similarity: values[row]! }));
}
