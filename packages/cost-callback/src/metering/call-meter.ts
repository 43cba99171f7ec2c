import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { ChatModelStreamEvent } from "@langchain/core/language_models/event";
import type { BaseMessage } from "@langchain/core/messages";
import { BudgetExceededError, cacheMark, findError, type NanoUsd, type TokenCounter, usageFromMessage } from "@langthrift/core";
import { randomUUID } from "node:crypto";
import type { BudgetKeeper, BudgetTicket } from "../budgets/budget-keeper.ts";
import type { CostCallbackHandler } from "../cost-callback-handler.ts";
import type { CallConfig } from "./call-config.ts";
import { effectiveConfig } from "./effective-config.ts";
import { modelFacts } from "./model-facts.ts";
import { promptTokens } from "./prompt-tokens.ts";
import { watchEvents } from "./watch-events.ts";
import { parentRunId, withHandler } from "./with-handler.ts";

export interface CallMeterOptions {
  readonly costs: CostCallbackHandler;
  readonly keeper?: BudgetKeeper | undefined;
  readonly tokenCounter?: TokenCounter | undefined;
  /** Told the run id of each call, before it begins. */
  readonly onOpen?: ((runId: string) => void) | undefined;
}

/** One call: its run id, its leave to run, and its settlement. */
export interface MeteredCall {
  readonly runId: string;
  /** The config to call the model with: the ledger is among its callbacks, and the run has a known id. */
  readonly config: CallConfig;
  progress(message: BaseMessage): void;
  /** The call has ended, well or not. */
  end(message?: BaseMessage): Promise<void>;
  /** Its reader has left. */
  abandon(lastChunk: BaseMessage | undefined): Promise<void>;
  /** Streams the events of a call of which LangChain tells no handler, and counts it. */
  watchEvents(model: BaseChatModel, messages: BaseMessage[]): AsyncGenerator<ChatModelStreamEvent>;
}

/** Opens calls against a ledger and budgets. */
export class CallMeter {
  readonly #costs: CostCallbackHandler;
  readonly #keeper: BudgetKeeper | undefined;
  readonly #tokenCounter: TokenCounter | undefined;
  readonly #onOpen: ((runId: string) => void) | undefined;

  constructor({ costs, keeper, tokenCounter, onOpen }: CallMeterOptions) {
    this.#costs = costs;
    this.#keeper = keeper;
    this.#tokenCounter = tokenCounter;
    this.#onOpen = onOpen;
  }

  /** @throws {BudgetExceededError} when a budget has not enough left; the ledger then has an entry "refused". */
  async open(model: BaseChatModel, messages: readonly BaseMessage[], options: CallConfig): Promise<MeteredCall> {
    const { recorder } = this.#costs;
    const config = effectiveConfig(model, options);
    const runId = config.runId ?? randomUUID();
    let ticket: BudgetTicket | undefined;
    if (this.#keeper) {
      const facts = modelFacts(model, config);
      try {
        ticket = await this.#keeper.admit({
          ...facts,
          ...recorder.labelsFor({ runId, parentId: parentRunId(config.callbacks), tags: config.tags, metadata: config.metadata }),
          inputTokens: await promptTokens(messages, facts.model, config["tools"], this.#tokenCounter),
        });
      } catch (error) {
        if (findError(error, BudgetExceededError)) {
          recorder.recordOwn({
            kind: "llm",
            model: facts.model,
            provider: facts.provider,
            status: "refused",
            nanoUsd: 0 as NanoUsd,
            id: runId,
            tags: config.tags ?? [],
            ...(config.metadata && { metadata: config.metadata }),
          });
        }
        throw error;
      }
    }
    this.#onOpen?.(runId);
    const { signal } = config;
    let characters = 0;
    const settle = async (message?: BaseMessage): Promise<void> => {
      signal?.removeEventListener("abort", onAbort);
      if (!ticket) return;
      await recorder.settled();
      const cost = recorder.costOf(runId);
      const usage = message && usageFromMessage(message);
      // Where the run did not show (a model without callbacks), the message tells what it cost.
      const actual =
        cost && cost.calls > 0
          ? cost.unknownPrices > 0
            ? null
            : cost.spentNanoUsd
          : message && cacheMark(message)
            ? (0 as NanoUsd)
            : message
              ? null
              : (0 as NanoUsd);
      await ticket.settle(actual, usage?.outputTokens);
    };
    const onAbort = (): void => {
      // The generator of an aborted stream is never resumed; the ledger has its own ear on the signal.
      void Promise.resolve().then(() => settle());
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    return {
      runId,
      // The caller's own options, and no defaults: those would win over what is bound to the model.
      config: { ...options, runId, callbacks: withHandler(config.callbacks, this.#costs) },
      progress(message) {
        characters += message.text.length;
        ticket?.progress(Math.ceil(characters / 4));
      },
      end: settle,
      abandon: async (lastChunk) => {
        // LangChain tells handlers of a chunk after it was taken: the last one they have not seen.
        if (lastChunk) recorder.progress(runId, "", lastChunk);
        await recorder.abandon(runId);
        await settle();
      },
      watchEvents: (model, messages) => watchEvents({ recorder, model, messages, config, runId, settle }),
    };
  }
}
