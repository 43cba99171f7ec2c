import { withTimeout } from "@langthrift/core";
import type { CompressOptions, CompressResult, Compressor, SkipReason } from "../compressor.ts";
import { allPreserveRules } from "../preserve/preserve-rule.ts";
import { scanText, type TextScan } from "../preserve/scan-text.ts";
import { joinSegments, type Segment, toSegments } from "../segment.ts";
import type { PieceCounter } from "../text/count-pieces.ts";
import { type Applied, applyPlans, type ApplyOptions } from "./apply-plans.ts";
import { askedTokens, type BudgetPool, budgetPools, correctedPools } from "./budget.ts";
import { budgetWarning } from "./budget-warning.ts";
import { checkCompressOptions, DEFAULT_MIN_GAIN, DEFAULT_MIN_TOKENS, DEFAULT_TIMEOUT_MS, resolveCounter } from "./options.ts";
import type { SegmentPlan, StageContext } from "./stage-context.ts";

/** How often a plan is made again because it missed its budget. */
const MAX_CORRECTIONS = 3;

/** A plan that was carried out. */
interface Attempt extends Applied {
  /** Tokens of each segment. */
  readonly tokens: readonly number[];
  readonly tokensOut: number;
}

/**
 * The frame of every compressor: it counts, divides the budget, runs the stage within a time limit, puts each segment's result before the guard,
 * and keeps what leads back. A subclass only plans edits, so it cannot cut a character in half or invent text unnoticed.
 */
export abstract class StageCompressor implements Compressor {
  abstract readonly name: string;
  abstract readonly version: string;
  abstract readonly lossless: boolean;
  readonly questionAware: boolean = false;

  /** Whether whole sentences go (then only the rules that the caller names force one to stay), or words inside of sentences. */
  protected readonly granularity: "words" | "sentences" = "words";

  /** Kept tokens when the caller asks for no budget; `undefined`: whatever the stage can do without one. */
  protected readonly defaultRate: number | undefined = undefined;

  /**
   * `exact`: a plan that missed its budget is made again; `once`: it keeps to its budget as well as it can; `none`: it drops what is no loss,
   * whatever the budget is.
   */
  protected readonly budgeting: "exact" | "once" | "none" = "exact";

  protected abstract plan(context: StageContext): readonly SegmentPlan[] | Promise<readonly SegmentPlan[]>;

  /** Lossy stages leave instructions, questions, code, JSON and tables alone. */
  protected touches(segment: Segment): boolean {
    if (segment.compress === false) return false;
    return this.lossless ? true : !["instruction", "question", "code", "json", "table"].includes(segment.kind);
  }

  /** Whose words the preserve rules know. */
  protected languageOf(segment: Segment | undefined): string | undefined {
    return segment?.language;
  }

  async compress(input: string | readonly Segment[], options: CompressOptions = {}): Promise<CompressResult> {
    checkCompressOptions(options);
    options.signal?.throwIfAborted();
    const startedAt = performance.now();
    const segments = toSegments(input);
    const warnings: string[] = [];
    let counter: PieceCounter | undefined;
    let tokens: number[] = [];

    const unchanged = (skipped: SkipReason): CompressResult =>
      this.#result({ segments, tokens, tokensOut: sum(tokens), warnings, startedAt, counter, skipped });

    try {
      counter = await resolveCounter(options);
      const { count } = counter;
      tokens = segments.map(({ text }) => count(text));
      const tokensIn = sum(tokens);
      if (tokensIn < (options.minTokens ?? DEFAULT_MIN_TOKENS)) return unchanged("too-short");

      const { targetTokens, rate = targetTokens === undefined ? this.defaultRate : undefined } = options;
      const asked = { ...(rate !== undefined && { rate }), ...(targetTokens !== undefined && { targetTokens }) };
      const attempt = await this.#run(segments, tokens, counter, asked, options);
      warnings.push(...attempt.warnings);
      const { changed, steps, aliases, refused, tokensOut } = attempt;
      if (steps.length === 0) return unchanged(refused ? "guard" : "no-gain");
      if (tokensIn - tokensOut < Math.max(1, (options.minGain ?? DEFAULT_MIN_GAIN) * tokensIn)) return unchanged("no-gain");

      const target = askedTokens(asked, tokensIn);
      const missed = target === undefined ? undefined : this.#missedBudget(target, segments, tokens, attempt);
      if (missed !== undefined) warnings.push(missed);
      const restore = { version: 1 as const, steps: [{ stage: this.name, segments: steps }], aliases };
      return { ...this.#result({ segments: changed, tokens, tokensOut, warnings, startedAt, counter }), restore };
    } catch (error) {
      if (options.signal?.aborted) throw error;
      // Our fault must not become the caller's: the text goes on as it was.
      warnings.push(
        `${this.name} failed (${error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : typeof error}); the text is unchanged.`,
      );
      return unchanged("error");
    }
  }

  /** Plans and carries out, again where the budget was missed; of all attempts the one that is nearest to it without being over. */
  #run(
    segments: readonly Segment[],
    tokens: readonly number[],
    counter: PieceCounter,
    asked: { readonly rate?: number; readonly targetTokens?: number },
    options: CompressOptions,
  ): Promise<Attempt> {
    const touches = (segment: Segment): boolean => this.touches(segment);
    const rules = options.preserve ?? (this.granularity === "words" && !this.lossless ? allPreserveRules : []);
    const scan = once((index: number): TextScan => scanText(segments[index]?.text ?? "", rules, this.languageOf(segments[index])));
    const made = new Map<string, unknown>();
    const context = {
      segments,
      tokens,
      counter,
      touches,
      rules,
      scan,
      namedRules: options.preserve ?? [],
      question: options.question,
      once: <T>(key: string, make: () => T): T => {
        if (!made.has(key)) made.set(key, make());
        return made.get(key) as T;
      },
    };
    const apply: ApplyOptions = {
      name: this.name,
      segments,
      rules: this.lossless ? [] : rules,
      guard: options.guard,
      byLine: this.granularity === "words" && !this.lossless,
      languageOf: (segment) => this.languageOf(segment),
      scan: this.lossless ? undefined : scan,
    };
    const wanted = budgetPools(segments, tokens, touches, asked);

    return withTimeout(
      this.name,
      options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      async (signal) => {
        const said = new Set<string>();
        let best: Attempt | undefined;
        let pools = wanted;
        for (let round = 0; ; round += 1) {
          const plans = await this.plan({ ...context, pools, signal, warn: (text) => said.add(text) });
          const applied = applyPlans(plans, apply);
          const after = applied.changed.map(({ text }, index) =>
            text === segments[index]?.text ? (tokens[index] as number) : counter.count(text),
          );
          const attempt = { ...applied, warnings: [...said, ...applied.warnings], tokens: after, tokensOut: sum(after) };
          if (!best || isNearer(attempt, best, wanted ?? [])) best = attempt;
          if (!wanted || !pools || this.budgeting !== "exact" || round >= MAX_CORRECTIONS) return best;
          pools = correctedPools(wanted, pools, (pool) => tokensIn(pool, after), round);
          if (!pools) return best;
        }
      },
      options.signal,
    );
  }

  #missedBudget(target: number, segments: readonly Segment[], tokens: readonly number[], attempt: Attempt): string | undefined {
    const untouched = segments.reduce((total, segment, index) => total + (this.touches(segment) ? 0 : (tokens[index] as number)), 0);
    let over = "what is left is protected, or it is all that this stage can drop";
    if (untouched > target) over = `${untouched} tokens are in segments that this stage does not touch`;
    else if (attempt.refused) over = "the guard refused a part of it";
    const under =
      this.budgeting === "none" ? "it drops what is no loss, whatever the budget" : "it drops whole units, and the next one did not fit";
    return budgetWarning({ name: this.name, target, tokensIn: sum(tokens), tokensOut: attempt.tokensOut, over, under });
  }

  #result(parts: {
    segments: readonly Segment[];
    tokens: readonly number[];
    tokensOut: number;
    warnings: readonly string[];
    startedAt: number;
    counter: PieceCounter | undefined;
    skipped?: SkipReason;
  }): CompressResult {
    const { segments, tokens, tokensOut, warnings, startedAt, counter, skipped } = parts;
    const tokensIn = sum(tokens);
    const ms = performance.now() - startedAt;
    const stage = { name: this.name, tokensIn, tokensOut, ms, ...(skipped !== undefined && { skipped }) };
    return {
      text: joinSegments(segments),
      segments,
      ...(skipped !== undefined && { skipped }),
      warnings,
      stats: {
        tokensIn,
        tokensOut,
        ratio: tokensIn === 0 ? 1 : tokensOut / tokensIn,
        estimated: counter?.exact !== true,
        ms,
        savedNanoUsd: null,
        stages: [stage],
      },
    };
  }
}

/** Fewer tokens over the budgets; of those that are equal in that, more tokens left. */
function isNearer(one: Attempt, other: Attempt, pools: readonly BudgetPool[]): boolean {
  const over = ({ tokens }: Attempt): number => pools.reduce((total, pool) => total + Math.max(0, tokensIn(pool, tokens) - pool.budget), 0);
  return over(one) === over(other) ? one.tokensOut > other.tokensOut : over(one) < over(other);
}

function tokensIn({ segments }: BudgetPool, tokens: readonly number[]): number {
  return segments.reduce((total, index) => total + (tokens[index] as number), 0);
}

function once<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key) as V;
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}
