import { type AgentMiddleware, createMiddleware } from "langchain";
import { BudgetKeeper, type BudgetKeeperOptions } from "../budgets/budget-keeper.ts";
import type { CostCallbackHandler } from "../cost-callback-handler.ts";
import { CallMeter } from "../metering/call-meter.ts";
import { MeteredChatModel, type OnExceeded } from "../metering/metered-chat-model.ts";
import { chargeOutside } from "./charge-outside.ts";
import { countAnswer } from "./count-answer.ts";
import { openScope, runInScope } from "./run-in-scope.ts";

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
 * Counts an agent's model calls in a ledger, without `callbacks` at every call. Put it first: calls of a model that a later
 * middleware puts in place are counted too, and so is an answer that one gives without a run, where it has usage, a model's name or a
 * cache's mark. It sees the agent's model step alone: what tools and `beforeModel` hooks spend, such as summaries, needs the ledger in `callbacks`.
 *
 * @example createAgent({ model, tools, middleware: [costMiddleware({ costs })] })
 */
export function costMiddleware({ costs }: CostMiddlewareOptions): AgentMiddleware {
  return meterMiddleware("LangThriftCost", costs, undefined, "error");
}

/**
 * Holds budgets over an agent's model calls, and counts them. Put it last, so that what a cache before it answers is not refused, and no
 * later middleware puts another model in place: such a call is only charged after it was made, which is warned of once.
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
  return meterMiddleware("LangThriftBudget", costs, own, onExceeded);
}

function meterMiddleware(
  name: string,
  costs: CostCallbackHandler,
  keeper: BudgetKeeper | undefined,
  onExceeded: OnExceeded,
): AgentMiddleware {
  return createMiddleware({
    name,
    wrapModelCall: async (request, handler) => {
      const { model, messages } = request;
      const scope = openScope(costs);
      const meter = new CallMeter({ costs, keeper, onOpen: (runId) => scope.metered(runId) });
      // Tools and output format are bound by the agent after this; the wrapper stays around what it binds.
      const metered = isChatModel(model) ? new MeteredChatModel(model, meter, onExceeded) : model;
      const started = performance.now();
      try {
        const returned = await runInScope(costs, scope, async () => handler({ ...request, model: metered }));
        const elapsedMs = performance.now() - started;
        await safely(costs, () => countAnswer({ costs, scope, returned, messages, elapsedMs }));
        return returned;
      } finally {
        if (keeper) await safely(costs, () => chargeOutside(costs, keeper, scope));
      }
    },
  });
}

/** A fault of the books costs no caller an answer that is paid for. */
async function safely({ recorder }: CostCallbackHandler, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    recorder.failures.note("middleware", error);
  }
}

function isChatModel(model: unknown): model is ConstructorParameters<typeof MeteredChatModel>[0] {
  return typeof model === "object" && model !== null && "_llmType" in model && "_streamResponseChunks" in model;
}
