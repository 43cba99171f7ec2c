import type { BudgetKeeper } from "../budgets/budget-keeper.ts";
import type { CostCallbackHandler } from "../cost-callback-handler.ts";
import type { ModelCallScope } from "./model-call-scope.ts";

/** Charges budgets with what was spent past them, and says what to do about it. */
export async function chargeOutside(costs: CostCallbackHandler, keeper: BudgetKeeper, { outside }: ModelCallScope): Promise<void> {
  if (outside.length === 0) return;
  const { recorder } = costs;
  await recorder.settled();
  for (const { start, model, provider } of outside) {
    const cost = recorder.costOf(start.id);
    // A cache's hit needs no money, wherever the budget stands.
    if (!cost || (cost.spentNanoUsd === 0 && cost.unknownPrices === 0)) continue;
    const { id, parentId, tags, metadata } = start;
    const labels = recorder.labelsFor({ runId: id, parentId, tags, metadata });
    const request = { ...labels, model, provider, inputTokens: 0 };
    await keeper.charge(request, cost.unknownPrices > 0 ? null : cost.spentNanoUsd);
  }
}
