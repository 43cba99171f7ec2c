import { checkRate } from "../engine/options.ts";
import { StageCompressor } from "../engine/stage-compressor.ts";
import type { SegmentPlan, StageContext } from "../engine/stage-context.ts";
import { forcedUnits } from "../extractive/forced-units.ts";
import { bm25 } from "../extractive/rankers.ts";
import { selectUnits } from "../extractive/select-units.ts";
import { indexTerms } from "../extractive/term-index.ts";
import type { Unit } from "../extractive/units.ts";
import type { PreserveRule } from "../preserve/preserve-rule.ts";
import type { Segment } from "../segment.ts";
import type { Edit } from "../text/edit.ts";
import { rowWorths } from "./row-worth.ts";
import { findRows, type Rows } from "./rows.ts";

/** Options of {@link ToolOutputCompressor}. */
export interface ToolOutputCompressorOptions {
  /** Kept fraction when the call names no budget. @default 0.5 */
  readonly rate?: number;
}

interface RateOptions {
  /** Of the segment. */
  readonly index: number;
  readonly segments: readonly Segment[];
  readonly question: string | undefined;
  readonly rules: readonly PreserveRule[];
  readonly count: (text: string) => number;
}

interface RatedRows {
  readonly units: readonly Unit[];
  readonly rows: Rows;
  readonly forced: ReadonlySet<number>;
  readonly gain: (unit: number) => number;
  /** Tokens of what stands for rows that were left out. */
  readonly markTokens: number;
}

/**
 * Shortens JSON lists, logs, search hits and diffs by whole rows: errors, first and last rows, outliers, what the question asks for and what looks like
 * nothing else stay, with all their fields; `[37 rows omitted]` stands for the others. JSON stays JSON. A text without rows is left alone.
 */
export class ToolOutputCompressor extends StageCompressor {
  readonly name = "tool-output";
  readonly version: string;
  readonly lossless = false;
  override readonly questionAware = true;
  protected override readonly granularity = "sentences";
  protected override readonly defaultRate: number;

  /** @throws {InvalidOptionError} */
  constructor({ rate = 0.5 }: ToolOutputCompressorOptions = {}) {
    super();
    checkRate("rate", rate);
    this.defaultRate = rate;
    this.version = `1:${rate}`;
  }

  protected override touches({ kind, compress }: Segment): boolean {
    return compress !== false && (kind === "tool-output" || kind === "text");
  }

  protected plan({ segments, tokens, pools, question, counter, rules, once }: StageContext): SegmentPlan[] {
    const plans: SegmentPlan[] = [];
    for (const pool of pools ?? []) {
      if (pool.budget >= pool.tokens) continue;
      for (const index of pool.segments) {
        const rated = once(`rows ${index}`, () => rateRows({ index, segments, question, rules, count: counter.count }));
        if (!rated) continue;
        const around = Math.max(0, (tokens[index] as number) - rated.units.reduce((sum, unit) => sum + unit.tokens, 0));
        // Each result gives the same part of itself.
        const budget = (pool.budget * (tokens[index] as number)) / pool.tokens - around;
        plans.push({ index, edits: chooseRows(rated, budget) });
      }
    }
    return plans;
  }
}

function rateRows({ index, segments, question, rules, count }: RateOptions): RatedRows | undefined {
  const { text } = segments[index] as Segment;
  const rows = findRows(text);
  if (!rows) return undefined;
  const units = rows.rows.map(({ start, end }, line): Unit => {
    const written = text.slice(start, end);
    return { start, end, segment: index, line, text: written, tokens: count(written) + 1, fenced: false, needs: [] };
  });
  const texts = units.map((unit) => unit.text);
  const termIndex = indexTerms(texts);
  const worth = rowWorths(texts, rows, termIndex);
  const hits = question === undefined ? undefined : bm25(units, termIndex, question, { neighbours: 0 });
  const gain = (unit: number): number => (worth[unit] as number) + 2 * (hits?.[unit] ?? 0);
  return { units, rows, gain, forced: forcedUnits(units, segments, rules), markTokens: count(rows.mark(10)) + 1 };
}

function chooseRows({ units, rows, forced, gain, markTokens }: RatedRows, budget: number): Edit[] {
  const pool = { units, overheads: [], linesOf: new Map() };
  let reserve = 0;
  let edits: Edit[] = [];
  // The marks cost tokens too; how many there are is known only after choosing.
  for (let round = 0; round < 3; round += 1) {
    const kept = selectUnits(pool, { budget: Math.max(0, budget - reserve), forced, gain });
    edits = omissions(units, kept, rows, markTokens);
    if (edits.length * markTokens <= reserve) break;
    reserve = edits.length * markTokens;
  }
  return edits;
}

function omissions(units: readonly Unit[], kept: ReadonlySet<number>, rows: Rows, markTokens: number): Edit[] {
  const edits: Edit[] = [];
  for (let row = 0; row < units.length; row += 1) {
    if (kept.has(row)) continue;
    const first = row;
    let tokens = 0;
    for (; row < units.length && !kept.has(row); row += 1) tokens += units[row]?.tokens ?? 0;
    if (tokens <= markTokens) continue;
    edits.push({ start: (units[first] as Unit).start, end: (units[row - 1] as Unit).end, text: rows.mark(row - first) });
  }
  return edits;
}
