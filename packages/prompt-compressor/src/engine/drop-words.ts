import type { Segment } from "../segment.ts";
import type { Edit, TextRange } from "../text/edit.ts";
import type { BudgetPool } from "./budget.ts";
import type { SegmentPlan } from "./stage-context.ts";

/** A word with what it is worth. */
export interface WeighedWord extends TextRange {
  readonly tokens: number;
  /** `Infinity`: it stays. */
  readonly worth: number;
}

/**
 * Drops the words that are worth least, over all segments of the pool alike, until the tokens fit. One threshold for all, because a threshold for
 * each part would cost a dense part as much as an empty one. Of equals the earlier goes first.
 */
export function planWordDrops(
  segments: readonly Segment[],
  pool: BudgetPool,
  wordsOf: ReadonlyMap<number, readonly WeighedWord[]>,
): SegmentPlan[] {
  const lists = pool.segments.map((segment) => wordsOf.get(segment) ?? []);
  const gone = wordsToDrop(lists, pool.tokens, pool.budget);
  return pool.segments.map((index, place) => ({ index, edits: wordDeletions((segments[index] as Segment).text, gone[place] ?? []) }));
}

/** Of each list the words that go. Linear but for the distinct worths, of which there are few. */
export function wordsToDrop(lists: readonly (readonly WeighedWord[])[], tokens: number, budget: number): WeighedWord[][] {
  const tokensByWorth = new Map<number, number>();
  for (const list of lists) for (const word of list) tokensByWorth.set(word.worth, (tokensByWorth.get(word.worth) ?? 0) + word.tokens);
  tokensByWorth.delete(Infinity);
  // All below a worth go, and of those that are worth exactly that the first.
  let left = tokens;
  let last = -Infinity;
  for (const worth of Float64Array.from(tokensByWorth.keys()).sort()) {
    if (left <= budget) break;
    last = worth;
    if (left - (tokensByWorth.get(worth) as number) <= budget) break;
    left -= tokensByWorth.get(worth) as number;
  }
  return lists.map((list) =>
    list.filter((word) => {
      if (word.worth !== last || left <= budget) return word.worth < last;
      left -= word.tokens;
      return true;
    }),
  );
}

/** Deletes words with one blank beside each. */
export function wordDeletions(text: string, words: readonly TextRange[]): Edit[] {
  const edits: Edit[] = [];
  let last = 0;
  for (const { start, end } of words) {
    const blankBefore = text[start - 1] === " " && start - 1 >= last;
    const edit = text[end] === " " ? { start, end: end + 1, text: "" } : { start: blankBefore ? start - 1 : start, end, text: "" };
    edits.push(edit);
    last = edit.end;
  }
  return edits;
}
