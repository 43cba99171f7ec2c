import { modelFromRun, type NanoUsd, type TokenCounter } from "@langthrift/core";
import type { BudgetKeeper, BudgetTicket } from "../budgets/budget-keeper.ts";
import type { CostEntry, RunLabels } from "../cost-entry.ts";
import type { RunStart } from "../recorder-types.ts";
import { recordOf } from "../unknown-record.ts";
import { outputLimit } from "./output-limit.ts";
import { promptTokens, textTokens } from "./prompt-tokens.ts";

interface GuardedCall {
  readonly ticket: BudgetTicket;
  characters: number;
  /** There as soon as the ledger knows what the call cost. */
  settled: Promise<void> | undefined;
}

/** Holds budgets over calls of which a callback handler hears: leave at their start, settlement when the ledger has their cost. */
export class CallGuard {
  readonly #keeper: BudgetKeeper;
  readonly #tokenCounter: TokenCounter | undefined;
  readonly #calls = new Map<string, GuardedCall>();

  constructor(keeper: BudgetKeeper, tokenCounter: TokenCounter | undefined) {
    this.#keeper = keeper;
    this.#tokenCounter = tokenCounter;
  }

  /** @throws {BudgetExceededError} when a hard budget has not enough left. */
  async admit({ id, metadata, llm }: RunStart, labels: RunLabels): Promise<void> {
    const { serialized, messages = [], prompts = [], extraParams = {} } = llm ?? {};
    const invocation = recordOf(extraParams["invocation_params"]);
    const { requested, provider, tier } = modelFromRun({ message: undefined, metadata, extraParams, serialized });
    const model = requested ?? "unknown";
    const ticket = await this.#keeper.admit({
      ...labels,
      model,
      provider,
      tier,
      maxOutputTokens: outputLimit(invocation, metadata),
      inputTokens:
        messages.length > 0
          ? await promptTokens(messages, model, invocation?.["tools"], this.#tokenCounter)
          : await textTokens(prompts, model, this.#tokenCounter),
    });
    this.#calls.set(id, { ticket, characters: 0, settled: undefined });
  }

  /** A streamed piece: the call is alive. */
  progress(runId: string, text: string): void {
    const call = this.#calls.get(runId);
    if (!call) return;
    call.characters += text.length;
    call.ticket.progress(Math.ceil(call.characters / 4));
  }

  /** The ledger's line of a call, which has its cost. */
  saw({ id, nanoUsd, usage }: CostEntry): void {
    const call = this.#calls.get(id);
    if (call) call.settled ??= this.#settle(id, call, nanoUsd, usage?.outputTokens);
  }

  /**
   * Waits until a call that has ended is settled. One without a line of its own was the wrapper of another call, which paid, or has an id
   * that was used before: then what was reserved is charged.
   */
  async end(runId: string, wrapper: boolean): Promise<void> {
    const call = this.#calls.get(runId);
    if (call) await (call.settled ??= this.#settle(runId, call, wrapper ? (0 as NanoUsd) : null, undefined));
  }

  async #settle(runId: string, call: GuardedCall, actual: NanoUsd | null, outputTokens: number | undefined): Promise<void> {
    await call.ticket.settle(actual, outputTokens);
    this.#calls.delete(runId);
  }
}
