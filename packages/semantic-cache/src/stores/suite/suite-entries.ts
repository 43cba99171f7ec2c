import type { CacheEntry } from "../../cache-store.ts";

/** Days, so that a server's own clock cannot come between two steps of a test. */
export const DAY = 86_400_000;

export function suiteEntry(id: string, now: number, changes: Partial<CacheEntry>): CacheEntry {
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

export function axis(dimension: number, at: number): Float32Array {
  const vector = new Float32Array(dimension);
  vector[at] = 1;
  return vector;
}

/** A unit vector with this cosine to `axis(dimension, 0)`. */
export function atCosine(dimension: number, cosine: number): Float32Array {
  const vector = new Float32Array(dimension);
  vector[0] = cosine;
  vector[1] = Math.sqrt(1 - cosine * cosine);
  return vector;
}

export function pseudoRandomUnit(dimension: number, seed: number): Float32Array {
  const vector = Float32Array.from({ length: dimension }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233 + seed * i));
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

export function largestDifference(a: Float32Array | null | undefined, b: Float32Array | null): number {
  if (!a || !b || a.length !== b.length) return Infinity;
  let largest = 0;
  for (const [i, value] of a.entries()) largest = Math.max(largest, Math.abs(value - (b[i] ?? 0)));
  return largest;
}
