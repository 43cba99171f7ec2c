import { type AgentMiddleware, createMiddleware } from "langchain";
import { BudgetKeeper, type BudgetKeeperOptions } from "../budgets/budget-keeper.ts";
import type { CostCallbackHandler } from "../cost-callback-handler.ts";
import { CallMeter } from "../metering/call-meter.ts";
import { MeteredChatModel, type OnExceeded } from "../metering/metered-chat-model.ts";

/** Options of {@link costMiddleware}. */
export interface CostMiddlewareOptions {
  /** The ledger. */
  readonly costs: CostCallbackHandler;
}

/** Options of {@link budgetMiddleware}. */
export interface BudgetMiddlewareOptions
  extends Omit<BudgetKeeperOptions, "prices" | "budgets">, Partial<Pick<BudgetKeeperOptions, "budgets">> {
  /** The ledger. Give the agent's calls the same handler, or none: a call is counted once. */
  readonly costs: CostCallbackHandler;
  /** In place of `budgets`: a keeper shared with other models. */
  readonly keeper?: BudgetKeeper;
  /** What happens when a budget refuses. @default "error": BudgetExceededError, as `cause` of LangChain's MiddlewareError */
  readonly onExceeded?: OnExceeded;
}

/**
 * Counts an agent's model calls in a ledger, without `callbacks` at every call.
 *
 * @example createAgent({ model, tools, middleware: [costMiddleware({ costs })] })
 */
export function costMiddleware({ costs }: CostMiddlewareOptions): AgentMiddleware {
  return meterMiddleware("LangThriftCost", new CallMeter({ costs }), "error");
}

/**
 * Holds budgets over an agent's model calls, and counts them. Put it last, so that what a cache before it answers is not refused.
 *
 * @throws {InvalidOptionError} when a budget is out of range.
 */
export function budgetMiddleware({
  costs,
  keeper,
  budgets = [],
  onExceeded = "error",
  ...options
}: BudgetMiddlewareOptions): AgentMiddleware {
  const own = keeper ?? new BudgetKeeper({ ...options, budgets, prices: costs.recorder.prices });
  return meterMiddleware("LangThriftBudget", new CallMeter({ costs, keeper: own }), onExceeded);
}

function meterMiddleware(name: string, meter: CallMeter, onExceeded: OnExceeded): AgentMiddleware {
  return createMiddleware({
    name,
    wrapModelCall: async (request, handler) => {
      const { model } = request;
      // Tools and output format are bound by the agent after this; the wrapper stays around what it binds.
      const metered = isChatModel(model) ? new MeteredChatModel(model, meter, onExceeded) : model;
      return handler({ ...request, model: metered });
    },
  });
}

function isChatModel(model: unknown): model is ConstructorParameters<typeof MeteredChatModel>[0] {
  return typeof model === "object" && model !== null && "_llmType" in model && "_streamResponseChunks" in model;
}
