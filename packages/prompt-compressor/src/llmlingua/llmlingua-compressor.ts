import { InvalidOptionError } from "@langthrift/core";
import type { BudgetPool } from "../engine/budget.ts";
import { coverChecker } from "../engine/covered-at.ts";
import { wordDeletions, wordsToDrop, type WeighedWord } from "../engine/drop-words.ts";
import { checkRate } from "../engine/options.ts";
import { StageCompressor } from "../engine/stage-compressor.ts";
import type { SegmentPlan, StageContext } from "../engine/stage-context.ts";
import { chunkRanges } from "../llmlingua2/chunks.ts";
import { findPreserved } from "../preserve/find-preserved.ts";
import type { Segment } from "../segment.ts";
import { meanInRanges } from "../self-information/mean-in-range.ts";
import type { SurprisalModel } from "../self-information/surprisal-model.ts";
import { applyEdits, type Edit } from "../text/edit.ts";

/** Options of {@link LLMLinguaCompressor}. */
export interface LLMLinguaCompressorOptions {
  /** For example `llamaCppSurprisal()` from `@langthrift/prompt-compressor/llama-cpp`. */
  readonly lm: SurprisalModel;
  /** Kept fraction when the call names no budget. @default 0.5 */
  readonly rate?: number;
  /** Whole contexts are kept, best first, up to this many times the budget; the rest is cut word by word. @default 1.3 */
  readonly contextBudget?: number;
  /** Tokens that are scored at once, behind what is left of the text before them. @default 200 */
  readonly iterativeSize?: number;
}

/** Characters of shortened text that the model reads before the next part. */
const MAX_PREFIX = 8_000;

/**
 * LLMLingua and LongLLMLingua (arXiv 2310.05736, 2310.06839; MIT): contexts are ranked by how well a small model expects the question behind them,
 * then what the model expects anyway is cut, part by part, each read behind the shortened text before it.
 */
export class LLMLinguaCompressor extends StageCompressor {
  readonly name: string;
  readonly version: string;
  readonly lossless = false;
  override readonly questionAware = true;
  protected override readonly defaultRate: number;
  /** A second plan would go through the model again. */
  protected override readonly budgeting = "once";
  readonly #lm: SurprisalModel;
  readonly #contextBudget: number;
  readonly #iterativeSize: number;

  /** @throws {InvalidOptionError} */
  constructor({ lm, rate = 0.5, contextBudget = 1.3, iterativeSize = 200 }: LLMLinguaCompressorOptions) {
    super();
    checkRate("rate", rate);
    if (!(contextBudget >= 1)) throw new InvalidOptionError(`\`contextBudget\` is ${contextBudget}. Pass a factor of at least 1.`);
    if (!(iterativeSize >= 10)) throw new InvalidOptionError(`\`iterativeSize\` is ${iterativeSize}. Pass tokens, at least 10.`);
    this.#lm = lm;
    this.#contextBudget = contextBudget;
    this.#iterativeSize = iterativeSize;
    this.defaultRate = rate;
    this.name = `llmlingua-${lm.name}`;
    this.version = `1:${rate}:${contextBudget}:${iterativeSize}`;
  }

  protected async plan(context: StageContext): Promise<SegmentPlan[]> {
    const plans: SegmentPlan[] = [];
    for (const pool of context.pools ?? []) if (pool.budget < pool.tokens) plans.push(...(await this.#planPool(context, pool)));
    return plans;
  }

  async #planPool(context: StageContext, pool: BudgetPool): Promise<SegmentPlan[]> {
    const { segments, tokens, question } = context;
    const kept = await this.#keptContexts(context, pool);
    const keptTokens = [...kept].reduce((sum, index) => sum + (tokens[index] as number), 0);
    const plans: SegmentPlan[] = [];
    let before = question ?? "";
    let budget = pool.budget;
    let ahead = keptTokens;
    for (const index of pool.segments) {
      const { text } = segments[index] as Segment;
      if (!kept.has(index)) plans.push({ index, edits: [{ start: 0, end: text.length, text: "" }], dropsAll: true });
      else if (keptTokens > pool.budget) {
        const { edits, left, spent } = await this.#cut(context, index, { budget, ahead }, before);
        plans.push({ index, edits });
        before = left;
        budget -= spent;
        ahead -= tokens[index] as number;
      }
    }
    return plans;
  }

  /** Contexts by how well the model expects the question behind each, up to the budget; the best one always. */
  async #keptContexts({ segments, tokens, question, namedRules, signal }: StageContext, pool: BudgetPool): Promise<Set<number>> {
    if (question === undefined || pool.segments.length < 2) return new Set(pool.segments);
    const scored: { index: number; nats: number }[] = [];
    for (const index of pool.segments) {
      const pieces = await this.#lm.score(question, { prefix: `${(segments[index] as Segment).text}\n\n`, signal });
      const mean = pieces.reduce((sum, { nats }) => sum + nats, 0) / Math.max(1, pieces.length);
      scored.push({ index, nats: Math.round(mean * 1e4) });
    }
    scored.sort((a, b) => a.nats - b.nats || b.index - a.index);
    const holdsNamed = ({ text, language }: Segment): boolean => findPreserved(text, namedRules, language).length > 0;
    const kept = new Set(namedRules.length === 0 ? [] : pool.segments.filter((index) => holdsNamed(segments[index] as Segment)));
    let used = [...kept].reduce((sum, index) => sum + (tokens[index] as number), 0);
    for (const { index } of scored) {
      if (kept.has(index)) continue;
      if (used > 0 && used + (tokens[index] as number) > pool.budget * this.#contextBudget) continue;
      kept.add(index);
      used += tokens[index] as number;
    }
    return kept;
  }

  async #cut(
    { segments, counter, scan, signal }: StageContext,
    index: number,
    /** Tokens that may stay of those that are ahead, from this segment on. */
    { budget, ahead }: { budget: number; ahead: number },
    before: string,
  ): Promise<{ edits: Edit[]; left: string; spent: number }> {
    const { text } = segments[index] as Segment;
    const isCovered = coverChecker(scan(index));
    const edits: Edit[] = [];
    let left = before;
    let spent = 0;
    let done = 0;
    for (const { start, end } of chunkRanges(text, this.#iterativeSize, [".", "\n"], counter.count)) {
      signal.throwIfAborted();
      const part = text.slice(start, end);
      const surprisal = meanInRanges(await this.#lm.score(part, { prefix: left, signal }), ({ nats }) => nats);
      const words = [...part.matchAll(/\S+/g)].map(({ 0: word, index: at }): WeighedWord => {
        const range = { start: at, end: at + word.length };
        const forced = isCovered({ start: start + range.start, end: start + range.end });
        const worth = surprisal(range) ?? Infinity;
        return { ...range, tokens: counter.count(` ${word}`), worth: forced ? Infinity : worth };
      });
      const partTokens = counter.count(part);
      // What one part kept too much, the next ones keep less.
      const rate = Math.max(0, budget - spent) / Math.max(1, ahead - done);
      const [gone = []] = wordsToDrop([words], partTokens, partTokens * rate);
      const local = wordDeletions(part, gone);
      edits.push(...local.map((edit) => ({ ...edit, start: edit.start + start, end: edit.end + start })));
      const short = applyEdits(part, local);
      spent += counter.count(short);
      done += partTokens;
      left = `${left}${short}`.slice(-MAX_PREFIX);
    }
    return { edits, left, spent };
  }
}
