import { withTimeout } from "@langthrift/core";
import type { CompressOptions, CompressResult, Compressor, SkipReason } from "../compressor.ts";
import { findGuardViolation, type GuardOptions } from "../guard/guard.ts";
import { allPreserveRules, type PreserveRule } from "../preserve/preserve-rule.ts";
import { scanText, type TextScan } from "../preserve/scan-text.ts";
import type { RestoreStep } from "../restore.ts";
import { joinSegments, type Segment, toSegments } from "../segment.ts";
import type { PieceCounter } from "../text/count-pieces.ts";
import { applyEdits, type Edit, invertEdits } from "../text/edit.ts";
import { type BudgetPool, budgetPools } from "./budget.ts";
import { editsByLine } from "./edits-by-line.ts";
import { checkCompressOptions, DEFAULT_MIN_GAIN, DEFAULT_MIN_TOKENS, DEFAULT_TIMEOUT_MS, resolveCounter } from "./options.ts";

/** What a stage wants to change in one segment. */
export interface SegmentPlan {
  readonly index: number;
  /** In order, not overlapping. */
  readonly edits: readonly Edit[];
  readonly aliases?: Readonly<Record<string, string>>;
  /** The stage wrote another format on purpose and proved that it leads back. */
  readonly formatChanged?: boolean;
}

export interface StageContext {
  readonly segments: readonly Segment[];
  /** Tokens of each segment. */
  readonly tokens: readonly number[];
  /** `undefined`: no budget was asked for. */
  readonly pools: readonly BudgetPool[] | undefined;
  readonly question: string | undefined;
  /** Rules whose every match survives. */
  readonly rules: readonly PreserveRule[];
  readonly counter: PieceCounter;
  readonly signal: AbortSignal;
  /** A sentence for the result's `warnings`. */
  warn(text: string): void;
  /** Blocks and preserved matches of a segment, found once. */
  scan(segment: number): TextScan;
  /** Whether the stage may change this segment. */
  touches(segment: Segment): boolean;
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
      if (sum(tokens) < (options.minTokens ?? DEFAULT_MIN_TOKENS)) return unchanged("too-short");

      const { rate = options.targetTokens === undefined ? this.defaultRate : undefined, targetTokens } = options;
      const touches = (segment: Segment): boolean => this.touches(segment);
      const budget = { ...(rate !== undefined && { rate }), ...(targetTokens !== undefined && { targetTokens }) };
      const pools = budgetPools(segments, tokens, touches, budget);
      const rules = options.preserve ?? (this.granularity === "words" && !this.lossless ? allPreserveRules : []);
      const scans = new Map<number, TextScan>();
      const scan = (index: number): TextScan => {
        let found = scans.get(index);
        if (!found) scans.set(index, (found = scanText(segments[index]?.text ?? "", rules, this.languageOf(segments[index]))));
        return found;
      };
      const context = {
        segments,
        scan,
        tokens,
        pools,
        question: options.question,
        rules,
        counter,
        touches,
        warn: (text: string) => warnings.push(text),
      };
      const plans = await withTimeout(
        this.name,
        options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        async (signal) => this.plan({ ...context, signal }),
        options.signal,
      );

      const { changed, steps, aliases, refused } = this.#apply({
        segments,
        plans,
        rules: this.lossless ? [] : rules,
        guard: options.guard,
        warnings,
        scan: this.lossless ? undefined : scan,
      });
      if (steps.length === 0) return unchanged(refused ? "guard" : "no-gain");
      const after = changed.map(({ text }, index) => (text === segments[index]?.text ? (tokens[index] as number) : count(text)));
      const tokensIn = sum(tokens);
      const tokensOut = sum(after);
      if (tokensIn - tokensOut < Math.max(1, (options.minGain ?? DEFAULT_MIN_GAIN) * tokensIn)) return unchanged("no-gain");

      this.#checkBudget({ tokensIn, tokensOut, ...budget }, warnings);
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

  #apply({ segments, plans, rules, guard, warnings, scan }: ApplyParts): Applied {
    const changed = [...segments];
    const steps: { index: number; edits: readonly Edit[] }[] = [];
    const aliases: Record<string, string> = {};
    let refused = false;
    for (const plan of plans) {
      const segment = segments[plan.index];
      if (!segment || plan.edits.length === 0) continue;
      const before = segment.text;
      let edits = plan.edits;
      let after = applyEdits(before, edits);
      if (guard !== false) {
        const fixed = { rules, language: this.languageOf(segment), formatChanged: plan.formatChanged ?? false };
        const check = (b: string, a: string, e: readonly Edit[], known?: TextScan) =>
          findGuardViolation({ before: b, after: a, edits: e, ...fixed, scan: known }, guard ?? {});
        let violation = check(before, after, edits, scan?.(plan.index));
        if (violation !== undefined && this.granularity === "words" && !this.lossless) {
          // One bad line must not cost all the others their saving.
          warnings.push(`${this.name}: ${violation}; the lines concerned are unchanged.`);
          edits = editsByLine(before, edits, (b, a, e) => check(b, a, e) === undefined);
          after = applyEdits(before, edits);
          violation = check(before, after, edits, scan?.(plan.index));
          if (edits.length === 0) refused = true;
        }
        if (violation !== undefined) {
          refused = true;
          warnings.push(`${this.name}: the guard refused segment ${segment.id ?? plan.index}: ${violation}.`);
          continue;
        }
      }
      if (edits.length === 0) continue;
      changed[plan.index] = { ...segment, text: after };
      steps.push({ index: plan.index, edits: invertEdits(before, edits) });
      Object.assign(aliases, plan.aliases);
    }
    return { changed, steps, aliases, refused };
  }

  #checkBudget(
    { tokensIn, tokensOut, rate, targetTokens }: { tokensIn: number; tokensOut: number; rate?: number; targetTokens?: number },
    warnings: string[],
  ): void {
    const asked = targetTokens ?? (rate === undefined ? undefined : rate * tokensIn);
    if (asked === undefined || asked >= tokensIn) return;
    if (Math.abs(tokensOut - asked) > 0.1 * asked) {
      const why =
        tokensOut > asked ? "the rest is protected, or this stage cannot drop more" : "it drops whole units, and the next one did not fit";
      warnings.push(`${this.name}: asked for ${Math.round(asked)} tokens, got ${tokensOut} of ${tokensIn}: ${why}.`);
    }
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

interface ApplyParts {
  readonly segments: readonly Segment[];
  readonly plans: readonly SegmentPlan[];
  readonly rules: readonly PreserveRule[];
  readonly guard: GuardOptions | false | undefined;
  readonly warnings: string[];
  readonly scan: ((segment: number) => TextScan) | undefined;
}

interface Applied {
  readonly changed: Segment[];
  readonly steps: RestoreStep["segments"];
  readonly aliases: Readonly<Record<string, string>>;
  readonly refused: boolean;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}
