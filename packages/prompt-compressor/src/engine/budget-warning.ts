/** How far below the budget a result may be without a word about it. */
const TOLERANCE = 0.1;

export interface BudgetOutcome {
  /** Of the compressor. */
  readonly name: string;
  readonly target: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Why there are too many. */
  readonly over: string;
  /** Why there are far fewer. */
  readonly under: string;
}

/** Says that a budget was missed, and why: more tokens than asked for, or more than a tenth fewer. */
export function budgetWarning({ name, target, tokensIn, tokensOut, over, under }: BudgetOutcome): string | undefined {
  if (target >= tokensIn || (tokensOut <= target && tokensOut >= (1 - TOLERANCE) * target)) return undefined;
  return `${name}: asked for ${target} tokens, got ${tokensOut} of ${tokensIn}: ${tokensOut > target ? over : under}.`;
}

export function isBudgetWarning(warning: string): boolean {
  return /: asked for \d+ tokens, got \d+ of \d+: /.test(warning);
}
