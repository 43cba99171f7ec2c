import { MaxHeap } from "./max-heap.ts";
import type { UnitPool } from "./units.ts";

/** What units are worth, by their index. */
export interface Gains {
  /** Current worth of a unit; may only fall while others are chosen. */
  readonly gain: (unit: number) => number;
  /** Told of each choice, so that worths can fall. */
  readonly chosen?: (unit: number) => void;
}

export interface SelectOptions extends Gains {
  readonly budget: number;
  /** Indexes of units that stay whatever they cost. */
  readonly forced: ReadonlySet<number>;
}

/**
 * Chooses units until the budget is used up: always the one of the highest gain that still fits, of equals the later. Gains are looked up again
 * only at the top of the heap (lazy greedy), so the time is near linear.
 */
export function selectUnits({ units, overheads }: UnitPool, { budget, forced, gain, chosen }: SelectOptions): Set<number> {
  const selected = new Set<number>();
  const paid = new Set<number>();
  let used = 0;

  const costOf = (index: number): number => {
    const unit = units[index];
    if (!unit) return 0;
    let cost = unit.tokens;
    for (const need of unit.needs) if (!paid.has(need)) cost += overheads[need] as number;
    return cost;
  };
  const take = (index: number): void => {
    used += costOf(index);
    selected.add(index);
    for (const need of units[index]?.needs ?? []) paid.add(need);
    chosen?.(index);
  };

  for (const index of forced) take(index);
  const heap = new MaxHeap(units.length);
  for (let index = 0; index < units.length; index += 1) if (!selected.has(index)) heap.push(round(gain(index)), index);
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const now = round(gain(top.item));
    if (now < top.score && heap.peekScore() > now) {
      heap.push(now, top.item);
      continue;
    }
    if (used + costOf(top.item) <= budget) take(top.item);
    if (used >= budget) break;
  }
  return selected;
}

/** Sums of floats differ in their last digits with the order of addition; the choice must not. */
function round(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}
