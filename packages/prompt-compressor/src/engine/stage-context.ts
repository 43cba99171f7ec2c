import type { PreserveRule } from "../preserve/preserve-rule.ts";
import type { TextScan } from "../preserve/scan-text.ts";
import type { Segment } from "../segment.ts";
import type { PieceCounter } from "../text/count-pieces.ts";
import type { Edit } from "../text/edit.ts";
import type { BudgetPool } from "./budget.ts";

/** What a stage wants to change in one segment. */
export interface SegmentPlan {
  readonly index: number;
  /** In order, not overlapping. */
  readonly edits: readonly Edit[];
  readonly aliases?: Readonly<Record<string, string>>;
  /** The stage wrote another format on purpose and proved that it leads back. */
  readonly formatChanged?: boolean;
  /** The whole segment goes, by choice among segments; the stage has looked for `namedRules` itself. */
  readonly dropsAll?: boolean;
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
  /** Those of them that the caller named. */
  readonly namedRules: readonly PreserveRule[];
  readonly counter: PieceCounter;
  readonly signal: AbortSignal;
  /** A sentence for the result's `warnings`. */
  warn(text: string): void;
  /** Blocks and preserved matches of a segment, found once. */
  scan(segment: number): TextScan;
  /** Whether the stage may change this segment. */
  touches(segment: Segment): boolean;
  /** What does not depend on the budget, made once for a call: a plan is made again with a smaller budget where the first one missed. */
  once<T>(key: string, make: () => T): T;
}
