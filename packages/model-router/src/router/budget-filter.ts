import { BudgetExceededError, type FailureLog, type NanoUsd, toUsd, type Usage, withTimeout } from "@langthrift/core";
import type { RouteContext } from "../route-context.ts";
import type { RouterBudget } from "./budget.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";
import type { Exclusions } from "./route-plan.ts";

export interface BudgetFilterOptions {
  readonly budget: RouterBudget | undefined;
  readonly timeoutMs: number;
  readonly failures: FailureLog;
}

/**
 * Candidates whose price for the request fits into what is left of the budget. A ledger that fails, is slow or does not know leaves nobody out.
 *
 * @throws {BudgetExceededError} when nothing fits and the budget says `onExceeded: "error"`.
 */
export async function affordable(
  context: RouteContext,
  candidates: readonly ResolvedCandidate[],
  usage: Usage,
  excluded: Exclusions,
  { budget, timeoutMs, failures }: BudgetFilterOptions,
): Promise<readonly ResolvedCandidate[]> {
  if (!budget) return candidates;
  let left: NanoUsd | null;
  try {
    left = await withTimeout("router budget", timeoutMs, () => budget.remaining(context));
  } catch (error) {
    failures.note("budget-unavailable", error);
    return candidates;
  }
  if (left === null) return candidates;
  const remaining = left;
  const priced = candidates.map((candidate) => ({ candidate, price: candidate.priceOf(usage) }));
  const fitting = priced.filter(({ candidate, price }) => {
    const reason = price === null ? "price-unknown" : price > remaining ? "over-budget" : undefined;
    if (reason !== undefined) excluded.set(candidate, reason);
    return reason === undefined;
  });
  if (fitting.length > 0) return fitting.map(({ candidate }) => candidate);
  if (budget.onExceeded === "error") {
    const limitUsd = toUsd(budget.limit);
    throw new BudgetExceededError({
      budgetId: "model-router",
      spentUsd: Math.max(0, limitUsd - toUsd(remaining)),
      heldUsd: 0,
      limitUsd,
      resetAt: new Date(budget.resetAt()),
    });
  }
  const known = priced.filter(({ price }) => price !== null).sort((a, b) => a.price! - b.price!);
  const cheapest = known[0]?.candidate ?? candidates[0]!;
  excluded.delete(cheapest);
  return [cheapest];
}
