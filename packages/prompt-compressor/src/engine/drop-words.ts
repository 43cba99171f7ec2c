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
  const all = pool.segments.flatMap((segment) => (wordsOf.get(segment) ?? []).map((word) => ({ segment, word })));
  const dropped = wordsToDrop(
    all.map(({ word }) => word),
    pool.tokens,
    pool.budget,
  );
  const gone = new Map<number, TextRange[]>(pool.segments.map((segment) => [segment, []]));
  for (const [index, { segment, word }] of all.entries()) if (dropped.has(index)) gone.get(segment)?.push(word);
  return [...gone].map(([index, ranges]) => ({ index, edits: wordDeletions((segments[index] as Segment).text, ranges) }));
}

/** Indexes of the words that go. */
export function wordsToDrop(words: readonly WeighedWord[], tokens: number, budget: number): Set<number> {
  const dropped = new Set<number>();
  let left = tokens;
  const worths = Float64Array.from(words, ({ worth }) => worth);
  const order = Uint32Array.from(words.keys())
    .filter((index) => worths[index] !== Infinity)
    .sort((a, b) => (worths[a] as number) - (worths[b] as number) || a - b);
  for (const index of order) {
    const word = words[index];
    if (left <= budget || !word) break;
    left -= word.tokens;
    dropped.add(index);
  }
  return dropped;
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
