import type { NanoUsd, TokenCounter } from "@langthrift/core";
import type { GuardOptions } from "./guard/guard.ts";
import type { PreserveRule } from "./preserve/preserve-rule.ts";
import type { RestoreMap } from "./restore.ts";
import type { Segment } from "./segment.ts";

/** Options of one call of a `Compressor`. */
export interface CompressOptions {
  /**
   * The most tokens to keep, over all segments; a fraction is rounded down. Wins over `rate`. The result has at most so many and at least nine tenths
   * of them, or `warnings` give the reason: protected text, segments that may not be touched, whole units, stages that go by no budget.
   *
   * @default by `rate`
   */
  readonly targetTokens?: number;
  /** The same as a fraction of the tokens to **keep**, above 0 and at most 1. Without it and without `targetTokens` a compressor does what it can do without a budget. */
  readonly rate?: number;
  /** What the text will be asked; ranking compressors then keep what answers it. */
  readonly question?: string;
  /**
   * What must survive. Word-level stages keep all built-in rules by default; stages that drop whole sentences keep the matches in the sentences
   * they keep, and the sentences with a match of a rule named here.
   */
  readonly preserve?: readonly PreserveRule[];
  /** Shorter texts come back unchanged: `skipped: "too-short"`. @default 200 */
  readonly minTokens?: number;
  /** Least fraction of the tokens that must be saved, else the text comes back unchanged: `skipped: "no-gain"`. @default 0.02 */
  readonly minGain?: number;
  /** @default every check on */
  readonly guard?: GuardOptions | false;
  /** @default OpenAI's o200k encoding, loaded at the first call */
  readonly tokenCounter?: TokenCounter;
  /** Model name for the token counter. */
  readonly model?: string;
  /** An abort rejects with the signal's reason; it is the only way a call fails. */
  readonly signal?: AbortSignal;
  /** Time for one compressor, in ms; past it the text comes back unchanged: `skipped: "error"`. @default 2_000 */
  readonly timeoutMs?: number;
}

/** Why a text came back unchanged. */
export type SkipReason = "too-short" | "guard" | "error" | "no-gain" | "cached-prefix";

/** What one stage did. */
export interface StageStats {
  /** The compressor's name. */
  readonly name: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly ms: number;
  /** Absent: its result was used. */
  readonly skipped?: SkipReason;
}

/** Sizes in tokens, and times in ms, of one call. */
export interface CompressStats {
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** `tokensOut / tokensIn`; 1 for an empty text. */
  readonly ratio: number;
  /** `true`: counted by an estimate, not by the model's own encoding. */
  readonly estimated: boolean;
  readonly ms: number;
  /** Worth of the saved tokens, `null` where no price is known. Set by the adapters that know the model. */
  readonly savedNanoUsd: NanoUsd | null;
  readonly stages: readonly StageStats[];
}

/** The shortened text, and how it came about. */
export interface CompressResult {
  /** The segments' texts, joined by a blank line. */
  readonly text: string;
  readonly segments: readonly Segment[];
  /** Why nothing changed; absent when something did. */
  readonly skipped?: SkipReason;
  /** Sentences for people: what a guard refused and why, why a budget was missed. No text of the prompt but the shortest excerpt. */
  readonly warnings: readonly string[];
  readonly stats: CompressStats;
  /** How to get the original back, byte for byte: `restoreText(result)`. Absent when nothing changed. */
  readonly restore?: RestoreMap;
}

/**
 * Shortens prompts. Same input, same output, in every process: no clock, no randomness in the text.
 * Never rejects but for an aborted signal; a failure gives the input back with `skipped: "error"`.
 */
export interface Compressor {
  readonly name: string;
  /** Changes with every change of output, so that a memo does not mix them. */
  readonly version: string;
  /** Everything dropped is in the text in another form, or is nothing that a reader sees. */
  readonly lossless: boolean;
  /** Whether the result depends on `options.question` when one is given. */
  readonly questionAware: boolean;
  /** Shortens a text or segments. Rejects for an aborted signal and options out of range; any other fault gives the text back unchanged. */
  compress(input: string | readonly Segment[], options?: CompressOptions): Promise<CompressResult>;
}
