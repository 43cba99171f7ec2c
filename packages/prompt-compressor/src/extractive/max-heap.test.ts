import fc from "fast-check";
import { expect, it } from "vitest";
import { MaxHeap } from "./max-heap.ts";

it("gives items by score, of equal scores the later first", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }), (scores) => {
      const heap = new MaxHeap(scores.length);
      for (const [item, score] of scores.entries()) heap.push(score, item);
      const order: number[] = [];
      for (let top = heap.pop(); top !== undefined; top = heap.pop()) order.push(top.item);
      expect(order).toEqual([...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number) || b - a));
      expect(heap.peekScore()).toBe(-Infinity);
    }),
  );
});
