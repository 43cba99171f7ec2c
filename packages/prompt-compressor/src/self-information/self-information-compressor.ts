import type { BudgetPool } from "../engine/budget.ts";
import { coverChecker } from "../engine/covered-at.ts";
import { planWordDrops, type WeighedWord } from "../engine/drop-words.ts";
import { checkRate } from "../engine/options.ts";
import { StageCompressor } from "../engine/stage-compressor.ts";
import type { SegmentPlan, StageContext } from "../engine/stage-context.ts";
import { normalizeWord } from "../preserve/guard-words.ts";
import type { Segment } from "../segment.ts";
import { stopWordLanguage } from "../stop-words/languages.ts";
import type { Word } from "../text/words.ts";
import { meanInRanges } from "./mean-in-range.ts";
import type { SurprisalModel } from "./surprisal-model.ts";

/** Options of {@link SelfInformationCompressor}. */
export interface SelfInformationCompressorOptions {
  /**
   * Relative frequency of a lower-case word in the language, from 0 to 1, or `undefined` for an unknown word. @default counted in the text itself,
   * with function words taken for common
   */
  readonly frequencies?: (word: string) => number | undefined;
  /** A language model in place of frequencies: the mean surprisal of a word's pieces decides. */
  readonly lm?: SurprisalModel;
  /** Kept fraction when the call names no budget. @default 0.65 */
  readonly rate?: number;
}

const UNKNOWN = 1e-7;
/** About what a function word has in running text. */
const COMMON = 0.01;

/**
 * Drops the words that say the least, by self-information (-log2 of the frequency), or by surprisal under a language model as in Selective Context
 * (arXiv 2310.06201), over all segments with one threshold. Numbers, negations and all other preserve rules stay.
 */
export class SelfInformationCompressor extends StageCompressor {
  readonly name: string;
  readonly version: string;
  readonly lossless = false;
  protected override readonly defaultRate: number;
  readonly #frequencies: ((word: string) => number | undefined) | undefined;
  readonly #lm: SurprisalModel | undefined;

  /** @throws {InvalidOptionError} */
  constructor({ frequencies, lm, rate = 0.65 }: SelfInformationCompressorOptions = {}) {
    super();
    checkRate("rate", rate);
    this.#frequencies = frequencies;
    this.#lm = lm;
    this.defaultRate = rate;
    this.name = lm ? `self-information-${lm.name}` : "self-information";
    this.version = `1:${rate}:${frequencies ? "own" : "text"}`;
  }

  protected async plan(context: StageContext): Promise<SegmentPlan[]> {
    const plans: SegmentPlan[] = [];
    for (const pool of context.pools ?? []) {
      if (pool.budget >= pool.tokens) continue;
      const wordsOf = await context.once(`words ${pool.segments.join()}`, () => this.#weigh(context, pool));
      plans.push(...planWordDrops(context.segments, pool, wordsOf));
    }
    return plans;
  }

  async #weigh({ segments, counter, scan, signal }: StageContext, pool: BudgetPool): Promise<Map<number, WeighedWord[]>> {
    const informationOf = this.#lm
      ? undefined
      : this.#informationIn(pool.segments.map((index) => [segments[index]?.language, scan(index).words]));
    const wordsOf = new Map<number, WeighedWord[]>();
    const tokensOf = new Map<string, number>();
    const countWord = (word: string): number => {
      let count = tokensOf.get(word);
      if (count === undefined) tokensOf.set(word, (count = counter.count(` ${word}`)));
      return count;
    };
    for (const index of pool.segments) {
      const { text } = segments[index] as Segment;
      const surprisal = this.#lm && meanInRanges(await this.#lm.score(text, { signal }), ({ nats }) => nats);
      const found = scan(index);
      const isCovered = coverChecker(found);
      const weigh = ({ start, end, text: word }: Word): WeighedWord => {
        const worth = (surprisal ? surprisal({ start, end }) : informationOf?.(word)) ?? Infinity;
        return { start, end, tokens: countWord(word), worth: isCovered({ start, end }) ? Infinity : worth };
      };
      wordsOf.set(index, found.words.map(weigh));
    }
    return wordsOf;
  }

  #informationIn(texts: readonly (readonly [language: string | undefined, words: readonly Word[]])[]): (word: string) => number {
    const counts = new Map<string, number>();
    const written = new Map<string, number>();
    const common = new Set<string>();
    let total = 0;
    for (const [language = "en", words] of texts) {
      for (const word of stopWordLanguage(language)?.stopWords ?? []) common.add(word);
      for (const { text: word } of words) written.set(word, (written.get(word) ?? 0) + 1);
      total += words.length;
    }
    for (const [word, count] of written) {
      const lower = normalizeWord(word);
      counts.set(lower, (counts.get(lower) ?? 0) + count);
    }
    const known = new Map<string, number>();
    return (word) => {
      let information = known.get(word);
      if (information === undefined) {
        const lower = normalizeWord(word);
        const inText = Math.max((counts.get(lower) ?? 0) / Math.max(1, total), common.has(lower) ? COMMON : 0);
        const frequency = this.#frequencies ? (this.#frequencies(lower) ?? UNKNOWN) : inText;
        information = -Math.log2(Math.max(UNKNOWN, frequency));
        known.set(word, information);
      }
      return information;
    };
  }
}
