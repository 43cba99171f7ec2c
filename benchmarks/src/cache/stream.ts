import type { Neighbours } from "./neighbours.ts";

/** Whether text `index` may be answered with the answer of text `other`. */
export type Admits = (index: number, other: number, similarity: number) => boolean;

/** `hits[i]` is the text whose answer text i got, or -1: the model answered, and the cache learned it. */
export function runStream(order: readonly number[], neighbours: Neighbours, threshold: number, admits: Admits = () => true): Int32Array {
  const { offsets, indices, similarities } = neighbours;
  const stored = new Uint8Array(order.length);
  const hits = new Int32Array(order.length).fill(-1);
  for (const index of order) {
    const end = offsets[index + 1] as number;
    for (let at = offsets[index] as number; at < end && (similarities[at] as number) >= threshold; at += 1) {
      const other = indices[at] as number;
      if (stored[other] === 1 && admits(index, other, similarities[at] as number)) {
        hits[index] = other;
        break;
      }
    }
    if (hits[index] === -1) stored[index] = 1;
  }
  return hits;
}
