import {
  type Clock,
  dispatchSavings,
  type FailureLog,
  type NanoUsd,
  type PriceBook,
  type RoutingDecision,
  type SavingsEvent,
  type Usage,
} from "@langthrift/core";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { CallCapture } from "../model/call-capture.ts";
import type { ForwardCall } from "../model/forwarding-chat-model.ts";
import type { PolicyOverhead } from "../routing-policy.ts";
import type { RouterBudget } from "./budget.ts";
import { decisionEvent, overheadEvent } from "./report-decision.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";

export interface CallReporterOptions {
  readonly defaultCandidate: ResolvedCandidate;
  readonly budget: RouterBudget | undefined;
  readonly prices: () => PriceBook;
  readonly failures: FailureLog;
  readonly clock: Pick<Clock, "now">;
  readonly newId: () => string;
  readonly onEvent: ((event: SavingsEvent) => void) | undefined;
}

/** Where a call came from: what events are sent through. */
export type CallOrigin = Pick<ForwardCall, "config" | "runManager">;

/** Sends what a call was worth and what deciding it cost, and counts both against the budget. Never throws. */
export class CallReporter {
  readonly #options: CallReporterOptions;

  constructor(options: CallReporterOptions) {
    this.#options = options;
  }

  /** An answer, once it is complete. @param seen The usage on the answer itself; structured output hides it, then the callbacks' counts. */
  async answered(
    origin: CallOrigin,
    decision: RoutingDecision,
    served: ResolvedCandidate,
    capture: CallCapture,
    seen: Usage | null,
  ): Promise<void> {
    const { defaultCandidate, clock, newId } = this.#options;
    const usage = seen ?? capture.usage;
    const cached = capture.cached || (usage !== null && usage.inputTokens === 0 && usage.outputTokens === 0);
    const { llmRunId } = capture;
    const runId = origin.runManager?.runId;
    const ids = { llmRunId, runId, id: newId(), at: clock.now() };
    await this.#send(origin, decisionEvent({ decision, served, defaultCandidate, usage, cached, ...ids }));
    if (usage && !cached) this.#spend(served.priceOf(usage));
  }

  /** A model call that a policy made. It ran under the call's callbacks, so a ledger that listens there has it already. */
  async overhead(origin: CallOrigin, decisionId: string, overhead: PolicyOverhead): Promise<void> {
    const { prices, clock, newId } = this.#options;
    const { model, provider, usage } = overhead;
    const price =
      model === undefined || !usage ? null : prices().priceOf({ model, ...(provider !== undefined && { provider }), usage }).nanoUsd;
    const ids = { runId: origin.runManager?.runId, id: newId(), at: clock.now() };
    await this.#send(origin, overheadEvent({ ...overhead, decisionId, price, ...ids }));
    this.#spend(price);
  }

  #send({ runManager, config }: CallOrigin, event: SavingsEvent): Promise<void> {
    return dispatchSavings(event, { runManager, config: config as RunnableConfig, onEvent: this.#options.onEvent });
  }

  #spend(price: NanoUsd | null): void {
    const { budget, failures } = this.#options;
    if (budget && price !== null) budget.spend(price).catch((error: unknown) => failures.note("budget-unavailable", error));
  }
}
