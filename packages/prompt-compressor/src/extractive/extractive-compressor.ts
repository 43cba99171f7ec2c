import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { InvalidOptionError } from "@langthrift/core";
import { checkRate } from "../engine/options.ts";
import { StageCompressor } from "../engine/stage-compressor.ts";
import type { SegmentPlan, StageContext } from "../engine/stage-context.ts";
import type { BudgetPool } from "../engine/budget.ts";
import type { Segment } from "../segment.ts";
import { keepRanges } from "../text/edit.ts";
import { countNegations } from "./count-negations.ts";
import { coverageGains } from "./coverage-gains.ts";
import { embeddingGains } from "./embedding-gains.ts";
import { forcedUnits } from "./forced-units.ts";
import { bm25, inverseFrequencies, textRank } from "./rankers.ts";
import { type Gains, selectUnits } from "./select-units.ts";
import { indexTerms, type TermIndex } from "./term-index.ts";
import { cutUnits, rangesOf, type Unit, type UnitPool } from "./units.ts";

/** Options of {@link ExtractiveCompressor}. */
export interface ExtractiveCompressorOptions {
  /**
   * `bm25`: with a question, Okapi BM25; without one, the sentences that together hold the most rare words. `tfidf`: each sentence for itself.
   * `textrank`: prose only, on chat it is worse than chance. LangChain `Embeddings`: nearness to the question, or to the whole text. @default "bm25"
   */
  readonly ranker?: "bm25" | "tfidf" | "textrank" | EmbeddingsInterface;
  /** A hit also lifts so many units before and behind it. @default 2 */
  readonly neighbours?: number;
  /** Kept fraction when the call names no budget. @default 0.5 */
  readonly rate?: number;
  /** What a negation or condition is worth, in rare words; it lets the sentence that holds it stay. 0 to 10. @default 1 */
  readonly negationWeight?: number;
  /** Sentences of one line are one passage up to this many tokens, when there is a question. @default 80 */
  readonly passageTokens?: number;
}

/** Keeps whole sentences: those that answer the question, or those that say the most. Never changes a word in them. */
export class ExtractiveCompressor extends StageCompressor {
  readonly name: string;
  readonly version: string;
  readonly lossless = false;
  override readonly questionAware = true;
  protected override readonly granularity = "sentences";
  protected override readonly defaultRate: number;
  readonly #ranker: NonNullable<ExtractiveCompressorOptions["ranker"]>;
  readonly #neighbours: number;
  readonly #negationWeight: number;
  readonly #passageTokens: number;

  /** @throws {InvalidOptionError} */
  constructor({ ranker = "bm25", neighbours = 2, rate = 0.5, negationWeight = 1, passageTokens = 80 }: ExtractiveCompressorOptions = {}) {
    super();
    checkRate("rate", rate);
    if (typeof ranker === "string" ? !["bm25", "tfidf", "textrank"].includes(ranker) : typeof ranker?.embedDocuments !== "function") {
      throw new InvalidOptionError(
        `\`ranker\` is ${typeof ranker === "string" ? ranker : `a value of type ${typeof ranker} without embedDocuments`}. Pass "bm25", "tfidf", "textrank" or LangChain Embeddings.`,
      );
    }
    if (!Number.isInteger(neighbours) || neighbours < 0 || neighbours > 10)
      throw new InvalidOptionError(`\`neighbours\` is ${neighbours}. Pass a whole number from 0 to 10.`);
    if (!(negationWeight >= 0 && negationWeight <= 10))
      throw new InvalidOptionError(`\`negationWeight\` is ${negationWeight}. Pass a number from 0 to 10.`);
    if (!(passageTokens >= 0)) throw new InvalidOptionError(`\`passageTokens\` is ${passageTokens}. Pass a number of tokens, 0 or more.`);
    this.#ranker = ranker;
    this.#neighbours = neighbours;
    this.#negationWeight = negationWeight;
    this.#passageTokens = passageTokens;
    this.defaultRate = rate;
    const rankerName = typeof ranker === "string" ? ranker : "embeddings";
    this.name = `extractive-${rankerName}`;
    this.version = `1:${neighbours}:${rate}:${negationWeight}:${passageTokens}`;
  }

  protected async plan(context: StageContext): Promise<SegmentPlan[]> {
    const plans: SegmentPlan[] = [];
    for (const pool of context.pools ?? []) {
      if (pool.budget >= pool.tokens) continue;
      plans.push(...(await this.#planPool(context, pool)));
    }
    return plans;
  }

  async #planPool({ segments, counter, question, rules, signal, once }: StageContext, pool: BudgetPool): Promise<SegmentPlan[]> {
    const { cut, forced, gains } = await once(`ranked ${pool.segments.join()}`, async () => {
      const asked = question !== undefined && question.trim() !== "";
      const cut = cutUnits(segments, pool, counter, asked ? this.#passageTokens : 0);
      const index = indexTerms(cut.units.map((unit) => withLabel(unit, segments, cut)));
      const gains = await this.#gains(cut, index, segments, asked ? question : undefined, signal);
      return { cut, gains, forced: forcedUnits(cut.units, segments, rules) };
    });
    const selected = selectUnits(cut, { budget: pool.budget, forced, ...gains() });
    const keptOf = new Map<number, Unit[]>(pool.segments.map((segment) => [segment, []]));
    for (const [unitIndex, unit] of cut.units.entries()) if (selected.has(unitIndex)) keptOf.get(unit.segment)?.push(unit);
    return [...keptOf].map(([segment, kept]) => {
      const { text } = segments[segment] as Segment;
      return { index: segment, edits: keepRanges(text.length, rangesOf(text, cut.linesOf.get(segment) ?? [], kept)) };
    });
  }

  /** A function, because worths fall with each choice and begin anew with each selection. */
  async #gains(
    cut: UnitPool,
    index: TermIndex,
    segments: readonly Segment[],
    question: string | undefined,
    signal: AbortSignal,
  ): Promise<() => Gains> {
    const { units } = cut;
    const idf = inverseFrequencies(index);
    const rare = Math.log(Math.max(2, units.length));
    const negations = question === undefined ? countNegations(units, segments) : undefined;
    const negationGain = (unit: number): number => (negations?.[unit] ?? 0) * this.#negationWeight * rare;
    const lengthOf = (unit: number): number => Math.sqrt(Math.max(1, units[unit]?.tokens ?? 1));
    const salience = (unit: number): number =>
      ((index.sentences[unit] ?? []).reduce((sum, term) => sum + (idf[term] as number), 0) + negationGain(unit)) / lengthOf(unit);

    if (typeof this.#ranker !== "string") {
      return embeddingGains({ embeddings: this.#ranker, units, question, neighbours: this.#neighbours, signal });
    }
    if (question !== undefined && this.#ranker !== "textrank") {
      const hits = bm25(units, index, question, { neighbours: this.#neighbours });
      // Where the question hits nothing more, the rest of the budget goes to what says the most.
      const most = units.reduce((max, _unit, unit) => Math.max(max, salience(unit)), 1e-9);
      return () => ({ gain: (unit) => (hits[unit] as number) + salience(unit) / most });
    }
    if (this.#ranker === "tfidf") return () => ({ gain: salience });
    if (this.#ranker === "textrank") {
      const rank = textRank(index);
      const hits = question === undefined ? undefined : bm25(units, index, question, { neighbours: this.#neighbours });
      return () => ({ gain: (unit) => (rank[unit] as number) + (hits?.[unit] ?? 0) });
    }
    return () => coverageGains(index, idf, negationGain, lengthOf);
  }
}

/** The speaker's name helps to find what a question about them asks for. */
function withLabel(unit: Unit, segments: readonly Segment[], { linesOf }: UnitPool): string {
  const label = linesOf.get(unit.segment)?.[unit.line]?.label;
  if (!label || label.end === label.start) return unit.text;
  return `${(segments[unit.segment] as Segment).text.slice(label.start, label.end)}${unit.text}`;
}
