import { InvalidOptionError } from "@langthrift/core";
import type { CompressOptions, CompressResult, Compressor, StageStats } from "./compressor.ts";
import { checkCompressOptions, checkRate, DEFAULT_MIN_GAIN, DEFAULT_MIN_TOKENS, resolveCounter } from "./engine/options.ts";
import { askedTokens } from "./engine/budget.ts";
import { budgetWarning, isBudgetWarning } from "./engine/budget-warning.ts";
import type { RestoreStep } from "./restore.ts";
import { joinSegments, type Segment, toSegments } from "./segment.ts";

/** Options of {@link PipelineCompressor}. */
export interface PipelineCompressorOptions {
  /** Kept fraction when the call names no budget. @default none: each stage goes by its own */
  readonly rate?: number;
}

/**
 * Runs stages one after the other, from harmless to harsh: lossless, tool output, extractive, stop words, token level. Stops when the budget is met.
 * Each stage has its own guard, so the result is that of the last stage that passed.
 */
export class PipelineCompressor implements Compressor {
  readonly name: string;
  readonly version: string;
  readonly lossless: boolean;
  readonly questionAware: boolean;
  readonly #stages: readonly Compressor[];
  readonly #rate: number | undefined;

  /** @throws {InvalidOptionError} when there is no stage. */
  constructor(stages: readonly Compressor[], { rate }: PipelineCompressorOptions = {}) {
    checkRate("rate", rate);
    if (stages.length === 0) throw new InvalidOptionError("`stages` is empty. Pass at least one compressor.");
    this.#stages = [...stages];
    this.#rate = rate;
    this.name = `pipeline(${stages.map(({ name }) => name).join(",")})`;
    this.version = [...stages.map(({ version }) => version), ...(rate === undefined ? [] : [rate])].join(",");
    this.lossless = stages.every(({ lossless }) => lossless);
    this.questionAware = stages.some(({ questionAware }) => questionAware);
  }

  /** Runs the stages in turn, until the budget is met. @throws {InvalidOptionError} when an option is out of range. */
  async compress(input: string | readonly Segment[], options: CompressOptions = {}): Promise<CompressResult> {
    checkCompressOptions(options);
    const startedAt = performance.now();
    const original = toSegments(input);
    const counter = await resolveCounter(options);
    const tokensIn = original.reduce((sum, { text }) => sum + counter.count(text), 0);
    const rate = options.rate ?? this.#rate;
    const { targetTokens } = options;
    const target = askedTokens({ ...(rate !== undefined && { rate }), ...(targetTokens !== undefined && { targetTokens }) }, tokensIn);
    const stages: StageStats[] = [];
    const warnings: string[] = [];
    const steps: RestoreStep[] = [];
    let aliases: Readonly<Record<string, string>> = {};
    let segments: readonly Segment[] = original;
    let tokens = tokensIn;
    let skipped: CompressResult["skipped"];

    const result = (unchanged?: CompressResult["skipped"]): CompressResult => {
      const final = unchanged === undefined ? segments : original;
      const tokensOut = unchanged === undefined ? tokens : tokensIn;
      const ms = performance.now() - startedAt;
      return {
        text: joinSegments(final),
        segments: final,
        ...(unchanged !== undefined && { skipped: unchanged }),
        warnings,
        stats: {
          tokensIn,
          tokensOut,
          ratio: tokensIn === 0 ? 1 : tokensOut / tokensIn,
          estimated: !counter.exact,
          ms,
          savedNanoUsd: null,
          stages,
        },
        ...(unchanged === undefined && { restore: { version: 1, steps, aliases } }),
      };
    };

    if (tokensIn < (options.minTokens ?? DEFAULT_MIN_TOKENS)) return result("too-short");
    const { rate: _rate, targetTokens: _target, ...rest } = options;
    for (const stage of this.#stages) {
      if (target !== undefined && tokens <= target) break;
      const last = await stage.compress(segments, {
        ...rest,
        minTokens: 0,
        minGain: 0,
        ...(target !== undefined && { targetTokens: target }),
      });
      stages.push(...last.stats.stages);
      // A stage that missed the budget is not the last word; only what the whole missed is.
      warnings.push(...last.warnings.filter((warning) => !isBudgetWarning(warning)));
      if (last.skipped !== undefined) {
        if (last.skipped === "guard" || last.skipped === "error") skipped = last.skipped;
        continue;
      }
      segments = last.segments;
      tokens = last.stats.tokensOut;
      steps.push(...(last.restore?.steps ?? []));
      aliases = { ...aliases, ...last.restore?.aliases };
    }
    if (steps.length === 0) return result(skipped ?? "no-gain");
    if (tokensIn - tokens < Math.max(1, (options.minGain ?? DEFAULT_MIN_GAIN) * tokensIn)) return result("no-gain");
    const over = "what is left is protected, or no stage can drop more";
    const under = "a stage dropped what is no loss, or whole units of which the next one did not fit";
    const missed = target === undefined ? undefined : budgetWarning({ name: this.name, target, tokensIn, tokensOut: tokens, over, under });
    if (missed !== undefined) warnings.push(missed);
    return result();
  }
}
