import { ns } from "@langchain/core/errors";
import { LangThriftError } from "./langthrift-error.ts";
import { formatUsd, usd } from "./money.ts";

/** What a refusal says. */
export interface BudgetExceededErrorFields {
  readonly budgetId: string;
  /** US dollars already charged in the window. */
  readonly spentUsd: number;
  /** US dollars reserved by calls still running. */
  readonly heldUsd: number;
  readonly limitUsd: number;
  /** When the window ends; absent for a total budget. */
  readonly resetAt?: Date;
}

const BrandedBudget: typeof LangThriftError = /* @__PURE__ */ ns.brand(LangThriftError, "langthrift.budget-exceeded");

/** A hard budget refused a call. The one error by which LangThrift stops a request. */
export class BudgetExceededError extends BrandedBudget implements BudgetExceededErrorFields {
  override readonly name: string = "BudgetExceededError";
  readonly budgetId: string;
  readonly spentUsd: number;
  readonly heldUsd: number;
  readonly limitUsd: number;
  readonly resetAt?: Date;

  /** @throws {InvalidOptionError} when an amount is no number of US dollars. */
  constructor({ budgetId, spentUsd, heldUsd, limitUsd, resetAt }: BudgetExceededErrorFields) {
    const reset = resetAt ? ` It resets at ${resetAt.toISOString()}.` : "";
    super(
      `Budget "${budgetId}" has ${formatUsd(usd(spentUsd))} spent and ${formatUsd(usd(heldUsd))} held of its limit of ` +
        `${formatUsd(usd(limitUsd))}.${reset} Raise \`limitUsd\`, wait, or let it degrade to a cheaper model.`,
    );
    this.budgetId = budgetId;
    this.spentUsd = spentUsd;
    this.heldUsd = heldUsd;
    this.limitUsd = limitUsd;
    if (resetAt) this.resetAt = resetAt;
  }
}
