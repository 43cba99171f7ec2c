import { coverChecker } from "../engine/covered-at.ts";
import { planWordDrops, type WeighedWord } from "../engine/drop-words.ts";
import { checkRate } from "../engine/options.ts";
import { StageCompressor } from "../engine/stage-compressor.ts";
import type { SegmentPlan, StageContext } from "../engine/stage-context.ts";
import type { Segment } from "../segment.ts";
import { meanInRanges } from "../self-information/mean-in-range.ts";
import { chunkRanges } from "./chunks.ts";
import type { ClassifiedToken, TokenClassifier } from "./token-classifier.ts";

/** Options of {@link LLMLingua2Compressor}. */
export interface LLMLingua2CompressorOptions {
  /** For example `transformersTokenClassifier()` from `@langthrift/prompt-compressor/transformers`. */
  readonly classifier: TokenClassifier;
  /** Kept fraction when the call names no budget. @default 0.5 */
  readonly rate?: number;
  /** Words that always stay, for example `[".", "?"]`; a word that ends in such a mark stays. @default [] */
  readonly forceTokens?: readonly string[];
  /** Words with a digit stay. @default true */
  readonly forceDigits?: boolean;
  /** A word's probability from its pieces. @default "mean" */
  readonly wordProbability?: "mean" | "first";
  /** Where a long text may be cut for the model. @default [".", "\n"] */
  readonly chunkEndTokens?: readonly string[];
  /** Texts that go through the classifier at once. @default 16 */
  readonly batchSize?: number;
}

/** The classifier's vocabulary may need more pieces for the same words than the target's. */
const CHUNK_SHARE = 0.7;

/**
 * LLMLingua-2 (arXiv 2403.12968; microsoft/LLMLingua, MIT): a token classifier says what may go. Unlike the original it has one threshold over all
 * parts of a text, because a threshold for each part takes as much from a dense part as from filler, and it cuts ranges of the text instead of decoding tokens.
 */
export class LLMLingua2Compressor extends StageCompressor {
  readonly name: string;
  readonly version: string;
  readonly lossless = false;
  protected override readonly defaultRate: number;
  readonly #options: Required<LLMLingua2CompressorOptions>;

  /** @throws {InvalidOptionError} */
  constructor(options: LLMLingua2CompressorOptions) {
    super();
    const { classifier, rate = 0.5, forceTokens = [], forceDigits = true } = options;
    const { wordProbability = "mean", chunkEndTokens = [".", "\n"], batchSize = 16 } = options;
    checkRate("rate", rate);
    this.#options = { classifier, rate, forceTokens, forceDigits, wordProbability, chunkEndTokens, batchSize };
    this.defaultRate = rate;
    this.name = `llmlingua2-${classifier.name}`;
    this.version = `1:${rate}:${forceTokens.join("|")}:${Number(forceDigits)}:${wordProbability}:${chunkEndTokens.join("|")}`;
  }

  protected async plan(context: StageContext): Promise<SegmentPlan[]> {
    const plans: SegmentPlan[] = [];
    for (const pool of context.pools ?? []) {
      if (pool.budget >= pool.tokens) continue;
      const wordsOf = new Map<number, readonly WeighedWord[]>();
      for (const index of pool.segments) wordsOf.set(index, await context.once(`words ${index}`, () => this.#weigh(context, index)));
      plans.push(...planWordDrops(context.segments, pool, wordsOf));
    }
    return plans;
  }

  async #weigh({ segments, counter, scan, signal }: StageContext, index: number): Promise<WeighedWord[]> {
    const { text } = segments[index] as Segment;
    const tokens = await this.#classify(text, counter.count, signal);
    const probability = meanInRanges(tokens, ({ keep }) => keep, this.#options.wordProbability === "first");
    const isCovered = coverChecker(scan(index));
    return Array.from(text.matchAll(/\S+/g), ({ 0: word, index: start }): WeighedWord => {
      const range = { start, end: start + word.length };
      const forced = isCovered(range) || this.#isForced(word);
      // A word that the classifier says nothing about stays.
      const worth = probability(range) ?? Infinity;
      return { ...range, tokens: counter.count(` ${word}`), worth: forced ? Infinity : worth };
    });
  }

  async #classify(text: string, count: (text: string) => number, signal: AbortSignal): Promise<ClassifiedToken[]> {
    const { classifier, chunkEndTokens, batchSize } = this.#options;
    const chunks = chunkRanges(text, Math.floor((classifier.maxTokens ?? 510) * CHUNK_SHARE), chunkEndTokens, count);
    const tokens: ClassifiedToken[] = [];
    for (let at = 0; at < chunks.length; at += batchSize) {
      signal.throwIfAborted();
      const batch = chunks.slice(at, at + batchSize);
      const texts = batch.map(({ start, end }) => text.slice(start, end));
      const results = await classifier.classify(texts, signal);
      for (const [place, { start }] of batch.entries()) {
        for (const token of results[place] ?? []) tokens.push({ start: start + token.start, end: start + token.end, keep: token.keep });
      }
    }
    return tokens;
  }

  #isForced(word: string): boolean {
    const { forceTokens, forceDigits } = this.#options;
    if (forceDigits && /\p{N}/u.test(word)) return true;
    return forceTokens.some((token) => word === token || (/^[^\p{L}\p{N}\s]+$/u.test(token) && word.endsWith(token)));
  }
}
