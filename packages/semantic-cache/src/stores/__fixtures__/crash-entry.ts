import { createHash } from "node:crypto";
import type { CacheEntry } from "../../cache-store.ts";

/** The entry that the child of the crash test writes under an id and version: all of it follows from them. */
export function crashEntry(id: string, version: number): CacheEntry {
  const digest = createHash("sha256").update(id).digest();
  const vector = Float32Array.from({ length: 24 }, (_, i) => (digest[i] as number) - 127.5);
  const norm = Math.hypot(...vector);
  return {
    id,
    partition: "p",
    scope: "s",
    model: "m",
    tags: [`tag-${(digest[0] as number) % 5}`],
    createdAt: 1,
    expiresAt: Infinity,
    vector: vector.map((value) => value / norm),
    payload: `${id}:${version}:${createHash("sha256").update(`${id}:${version}`).digest("hex").repeat(1 + (version % 7))}`,
    state: { uses: 0, nanoUsd: 5, labels: [] },
  };
}
