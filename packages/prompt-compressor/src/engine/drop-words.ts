import type { TextRange } from "../text/edit.ts";

/** A word of a segment, with what it is worth. */
export interface WeighedWord extends TextRange {
  readonly segment: number;
  readonly tokens: number;
  /** `Infinity`: it stays. */
  readonly worth: number;
}

/**
 * Indexes of the words that go: the least worth first, over all segments alike, until the tokens fit. One threshold for all, because a threshold for
 * each part would cost a dense part as much as an empty one. Of equals the earlier goes first.
 */
export function wordsToDrop(words: readonly WeighedWord[], tokens: number, budget: number): Set<number> {
  const dropped = new Set<number>();
  let left = tokens;
  const order = words.map((_word, index) => index).sort((a, b) => (words[a]?.worth ?? 0) - (words[b]?.worth ?? 0) || a - b);
  for (const index of order) {
    const word = words[index];
    if (left <= budget || !word || word.worth === Infinity) break;
    left -= word.tokens;
    dropped.add(index);
  }
  return dropped;
}

/** Deletes words with one blank beside each. */
export function wordDeletions(text: string, words: readonly TextRange[]): { start: number; end: number; text: string }[] {
  const edits: { start: number; end: number; text: string }[] = [];
  let last = 0;
  for (const { start, end } of words) {
    const blankBehind = text[end] === " " || text[end] === "\t";
    const blankBefore = text[start - 1] === " " && start - 1 >= last;
    const edit = blankBehind ? { start, end: end + 1, text: "" } : { start: blankBefore ? start - 1 : start, end, text: "" };
    edits.push(edit);
    last = edit.end;
  }
  return edits;
}
