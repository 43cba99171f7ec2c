import { BudgetExceededError, type NanoUsd, toUsd } from "@langthrift/core";
import type { BudgetState } from "./budget-store.ts";

/** Of a budget without a store, or one whose store says nothing. */
export const noBudgetState: BudgetState = {
  spentBeforeNanoUsd: 0 as NanoUsd,
  spentNanoUsd: 0 as NanoUsd,
  heldNanoUsd: 0 as NanoUsd,
};

export interface BudgetRefusal {
  readonly budgetId: string;
  readonly limitUsd: number;
  readonly state: BudgetState;
  /** ms since epoch; `null`: never. */
  readonly resetAt: number | null;
  /** What went wrong with the store, where that is the reason. */
  readonly cause?: unknown;
}

/** The error that says which budget refused, what it holds, and when it begins anew. */
export function budgetRefusal({ budgetId, limitUsd, state, resetAt, cause }: BudgetRefusal): BudgetExceededError {
  const error = new BudgetExceededError({
    budgetId,
    spentUsd: toUsd(state.spentNanoUsd),
    heldUsd: toUsd(state.heldNanoUsd),
    limitUsd,
    ...(resetAt !== null && { resetAt: new Date(resetAt) }),
  });
  if (cause !== undefined) error.cause = cause;
  return error;
}
