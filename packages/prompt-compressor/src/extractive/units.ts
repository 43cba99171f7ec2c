import type { BudgetPool } from "../engine/budget.ts";
import type { Segment } from "../segment.ts";
import { findBlocks } from "../text/blocks.ts";
import type { PieceCounter } from "../text/count-pieces.ts";
import type { TextRange } from "../text/edit.ts";
import { type Line, splitLines } from "../text/units.ts";

/** What is kept or dropped as one: a sentence, some sentences of a long line, a block. */
export interface Unit extends TextRange {
  /** Index of the segment. */
  readonly segment: number;
  /** Index into the lines of the segment. */
  readonly line: number;
  readonly text: string;
  readonly tokens: number;
  /** Fenced code: stays whatever it costs. */
  readonly fenced: boolean;
  /** Indexes into `overheads`: the label of its line, the heading above; paid for once, with the first unit that needs them. */
  readonly needs: readonly number[];
}

export interface UnitPool {
  readonly units: readonly Unit[];
  /** Tokens of labels and headings. */
  readonly overheads: readonly number[];
  readonly linesOf: ReadonlyMap<number, readonly Line[]>;
}

/**
 * Cuts the segments of a pool into units.
 *
 * @param maxTokens Sentences of one line are joined up to this many tokens; 0 leaves each alone. A question is answered by a passage, while without
 *   one the best sentences are looked for.
 */
export function cutUnits(segments: readonly Segment[], pool: BudgetPool, counter: PieceCounter, maxTokens: number): UnitPool {
  const units: Unit[] = [];
  const overheads: number[] = [];
  const linesOf = new Map<number, readonly Line[]>();
  for (const segment of pool.segments) {
    const { text } = segments[segment] as Segment;
    const lines = splitLines(text, findBlocks(text));
    linesOf.set(segment, lines);
    let headingId: number | undefined;
    for (const [index, line] of lines.entries()) {
      const written = text.slice(line.start, line.end);
      if (written.trim() === "") continue;
      if (line.heading && hasBody(lines, index, text)) {
        headingId = overheads.push(countJoined(written, counter)) - 1;
        continue;
      }
      const needs = headingId === undefined ? [] : [headingId];
      if (line.label.end > line.label.start)
        needs.push(overheads.push(countJoined(text.slice(line.label.start, line.label.end), counter)) - 1);
      const fenced = line.block && /^\s*(?:`{3}|~{3})/.test(written);
      for (const range of joined(line.sentences, text, counter, maxTokens)) {
        units.push({
          segment,
          line: index,
          start: range.start,
          end: range.end,
          text: text.slice(range.start, range.end),
          tokens: range.tokens,
          fenced,
          needs,
        });
      }
    }
  }
  return { units, overheads, linesOf };
}

/** A blank at the end is encoded with the word that follows it. */
function countJoined(text: string, counter: PieceCounter): number {
  const content = text.trimEnd();
  return counter.count(text.includes("\n", content.length) ? `${content}\n` : content);
}

/** A heading without anything under it is a line like others. */
function hasBody(lines: readonly Line[], index: number, text: string): boolean {
  for (let next = index + 1; next < lines.length; next += 1) {
    const line = lines[next] as Line;
    if (text.slice(line.start, line.end).trim() === "") continue;
    return !line.heading;
  }
  return false;
}

function joined(
  sentences: readonly TextRange[],
  text: string,
  counter: PieceCounter,
  maxTokens: number,
): (TextRange & { tokens: number })[] {
  const ranges: { start: number; end: number; tokens: number }[] = [];
  for (const { start, end } of sentences) {
    const tokens = countJoined(text.slice(start, end), counter);
    const last = ranges.at(-1);
    if (last && last.tokens + tokens <= maxTokens) {
      last.end = end;
      last.tokens += tokens;
    } else ranges.push({ start, end, tokens });
  }
  return ranges;
}

/** The ranges of a segment that stay, when these units stay: with their labels, the headings above, line breaks, and blank lines before what stays. */
export function rangesOf(text: string, lines: readonly Line[], kept: readonly Unit[]): TextRange[] {
  const byLine = new Map<number, Unit[]>();
  for (const unit of kept) {
    const list = byLine.get(unit.line);
    if (list) list.push(unit);
    else byLine.set(unit.line, [unit]);
  }
  const ranges: TextRange[] = [];
  let pendingBlank: Line | undefined;
  let pendingHeading: Line[] = [];
  const emit = (start: number, end: number): void => {
    if (start < end) ranges.push({ start, end });
  };
  for (const [index, line] of lines.entries()) {
    const here = byLine.get(index);
    if (!here) {
      if (text.slice(line.start, line.end).trim() === "") {
        if (pendingHeading.length === 0) pendingBlank ??= line;
      } else if (line.heading) {
        pendingHeading = [...(pendingBlank ? [pendingBlank] : []), line];
        pendingBlank = undefined;
      }
      continue;
    }
    if (pendingHeading.length === 0 && pendingBlank && ranges.length > 0) emit(pendingBlank.start, pendingBlank.end);
    for (const before of pendingHeading) if (ranges.length > 0 || before.heading) emit(before.start, before.end);
    pendingBlank = undefined;
    pendingHeading = [];
    emit(line.label.start, line.label.end);
    const bodyEnd = line.start + text.slice(line.start, line.end).trimEnd().length;
    here.sort((a, b) => a.start - b.start);
    for (const [place, unit] of here.entries()) {
      const end = place === here.length - 1 ? unit.start + unit.text.trimEnd().length : unit.end;
      emit(unit.start, Math.min(end, Math.max(bodyEnd, unit.start)));
    }
    // The line break.
    const last = ranges.at(-1);
    const from = Math.max(bodyEnd, last?.end ?? bodyEnd);
    const breakAt = text.indexOf("\n", from);
    if (breakAt !== -1 && breakAt < line.end) emit(breakAt, line.end);
  }
  return ranges;
}
