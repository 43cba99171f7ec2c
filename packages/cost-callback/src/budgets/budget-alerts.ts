import { type Clock, type FailureLog, toUsd, usd } from "@langthrift/core";
import type { BudgetAlert } from "./budget-alert.ts";
import type { ResolvedBudget } from "./budget-options.ts";
import type { BudgetRef, BudgetState } from "./budget-store.ts";

export interface BudgetAlertsOptions {
  readonly onAlert: ((alert: BudgetAlert) => void | Promise<void>) | undefined;
  readonly clock: Pick<Clock, "now">;
  readonly failures: FailureLog;
}

/** Refused budgets and windows that are remembered as told. */
const MAX_TOLD = 10_000;

/** Tells of fractions that are passed, and of the first refusal of each budget and window. */
export class BudgetAlerts {
  readonly #options: BudgetAlertsOptions;
  readonly #refusalsTold = new Set<string>();

  constructor(options: BudgetAlertsOptions) {
    this.#options = options;
  }

  /** A store's operations are atomic: of all processes only the one whose operation passed a fraction sees it between before and after. */
  passed(budget: ResolvedBudget, ref: BudgetRef, state: BudgetState): void {
    const limit = usd(budget.limitUsd);
    for (const fraction of budget.softFractions) {
      const mark = limit * fraction;
      if (state.spentBeforeNanoUsd < mark && state.spentNanoUsd >= mark) this.#tell("fraction", fraction, budget, ref, state);
    }
  }

  refused(budget: ResolvedBudget, ref: BudgetRef, state: BudgetState): void {
    const key = `${ref.budgetId}\n${ref.window.key}`;
    if (this.#refusalsTold.has(key)) return;
    if (this.#refusalsTold.size > MAX_TOLD) this.#refusalsTold.clear();
    this.#refusalsTold.add(key);
    this.#tell("refused", 1, budget, ref, state);
  }

  #tell(kind: BudgetAlert["kind"], fraction: number, budget: ResolvedBudget, { budgetId, window }: BudgetRef, state: BudgetState): void {
    const { onAlert, clock, failures } = this.#options;
    if (!onAlert) return;
    const alert: BudgetAlert = {
      kind,
      budgetId,
      fraction,
      spentUsd: toUsd(state.spentNanoUsd),
      heldUsd: toUsd(state.heldNanoUsd),
      limitUsd: budget.limitUsd,
      ...(window.end !== null && { resetAt: new Date(window.end) }),
      at: clock.now(),
    };
    const failed = (error: unknown): void => failures.note("alert", error);
    try {
      onAlert(alert)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
