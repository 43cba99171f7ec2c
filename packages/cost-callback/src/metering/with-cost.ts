import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { TokenCounter } from "@langthrift/core";
import { BudgetKeeper, type BudgetKeeperOptions } from "../budgets/budget-keeper.ts";
import type { CostCallbackHandler } from "../cost-callback-handler.ts";
import { CallMeter } from "./call-meter.ts";
import { MeteredChatModel, type OnExceeded } from "./metered-chat-model.ts";

/** Options of {@link withCost}. */
export interface WithCostOptions extends Partial<Omit<BudgetKeeperOptions, "prices">> {
  /** The ledger. May be a handler that is also in `callbacks` elsewhere: a call is counted once. */
  readonly costs: CostCallbackHandler;
  /** Made with `new BudgetKeeper(…)`, to share budgets between models; in place of `budgets` and what belongs to them. */
  readonly keeper?: BudgetKeeper;
  /** What happens when a budget refuses. @default "error": BudgetExceededError */
  readonly onExceeded?: OnExceeded;
  /** Counts prompts before calls. @default core's */
  readonly tokenCounter?: TokenCounter;
}

/**
 * Wraps a chat model so that every call is counted and budgets hold, also where callbacks alone are blind: streams left by their reader or
 * aborted, and `streamEvents()` without a version. Works for `invoke`, `stream`, `batch`, `bindTools`, `withStructuredOutput` and in
 * `createAgent`. Callbacks see the same runs as without it.
 *
 * @throws {InvalidOptionError} when a budget is out of range.
 * @example
 * const costs = new CostCallbackHandler();
 * const model = withCost(new ChatOpenAI({ model: "gpt-4.1-mini" }), {
 *   costs,
 *   budgets: [{ id: "team", limitUsd: 50, window: { kind: "calendar", unit: "month" } }],
 * });
 */
export function withCost(
  model: BaseChatModel,
  { costs, keeper, onExceeded = "error", tokenCounter, budgets = [], ...options }: WithCostOptions,
): BaseChatModel {
  const own = budgets.length > 0 ? new BudgetKeeper({ ...options, budgets, prices: costs.recorder.prices }) : undefined;
  const meter = new CallMeter({ costs, keeper: keeper ?? own, tokenCounter });
  return new MeteredChatModel(model, meter, onExceeded);
}
