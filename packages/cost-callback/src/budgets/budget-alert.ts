/** A budget passed a fraction of its limit, or refused its first call in a window. */
export interface BudgetAlert {
  readonly kind: "fraction" | "refused";
  readonly budgetId: string;
  /** The fraction passed; for a refusal 1. */
  readonly fraction: number;
  readonly spentUsd: number;
  readonly heldUsd: number;
  readonly limitUsd: number;
  /** When the window ends; absent where it does not. */
  readonly resetAt?: Date;
  /** ms since epoch */
  readonly at: number;
}
