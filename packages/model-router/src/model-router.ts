import type { Clock, RoutingDecision } from "@langthrift/core";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { ModelRouterOptions } from "./model-router-options.ts";
import { type Bindings, boundToolNames } from "./model/bindings.ts";
import { type ForwardCall, ForwardingChatModel } from "./model/forwarding-chat-model.ts";
import { mergedProfile } from "./model/merged-profile.ts";
import { RouterEngine } from "./router/router-engine.ts";
import type { StickyOptions } from "./router/sticky.ts";

/**
 * A chat model that sends each request to one of several: the cheapest that is good enough. Works wherever a chat model does, `createAgent`
 * included. The answer carries the decision in `response_metadata.router`; a `SavingsEvent` says what it was worth.
 *
 * Per call: `configurable.forceModel` (a candidate's name) overrides everything but capabilities; `configurable.routeHint` is taken when the
 * policy abstains.
 *
 * @throws {InvalidOptionError} at construction, when an option cannot work.
 * @throws {NoCandidateError} from a call that no candidate can serve; {BudgetExceededError} with `budget.onExceeded: "error"`.
 */
export class ModelRouter extends ForwardingChatModel {
  readonly #engine: RouterEngine;
  readonly #options: ModelRouterOptions;

  constructor(options: ModelRouterOptions, shared?: { readonly engine: RouterEngine; readonly bindings: Bindings }) {
    super(shared?.bindings);
    this.#options = options;
    this.#engine = shared?.engine ?? new RouterEngine(options);
  }

  static override lc_name(): string {
    return "ModelRouter";
  }

  override _llmType(): string {
    return "langthrift-model-router";
  }

  /** What every candidate can do, and the smallest of their known limits. */
  override get profile(): BaseChatModel["profile"] {
    return mergedProfile(this.#options.candidates);
  }

  /** Failures that the router survived, by reason. */
  get failures(): Readonly<Record<string, number>> {
    return { ...this.#engine.failures.counts };
  }

  /**
   * Decides without calling: who would answer, why, and why not the others. The policy is asked: an `llmPolicy` makes its call, which is paid.
   *
   * @throws {NoCandidateError} when no candidate can do it.
   * @throws {BudgetExceededError} when the budget refuses.
   */
  async explain(input: BaseLanguageModelInput, config?: RunnableConfig): Promise<RoutingDecision> {
    const toolNames = boundToolNames(this.bindings, (config ?? {}) as Record<string, unknown>);
    return this.#engine.explain(this._messagesOf(input), toolNames, config);
  }

  /**
   * Tells the policy how a decision turned out.
   *
   * @param reward 0 (bad) to 1 (good)
   * @throws {InvalidOptionError} when `reward` is no number from 0 to 1.
   */
  async recordFeedback(decisionId: string, reward: number): Promise<void> {
    await this.#engine.recordFeedback(decisionId, reward);
  }

  /** The options of a session whose state the caller may keep; `undefined` when there is none, or a store keeps it. @internal */
  get _sessionInState(): (StickyOptions & { readonly clock?: Clock }) | undefined {
    const { sticky, store, clock } = this.#options;
    return sticky && sticky.scope === "session" && !store ? { ...sticky, ...(clock && { clock }) } : undefined;
  }

  /** @internal */
  override _forward(call: ForwardCall): Promise<unknown> {
    return this.#engine.invoke(call);
  }

  /** @internal */
  override _forwardStream(call: ForwardCall): AsyncGenerator<unknown> {
    return this.#engine.stream(call);
  }

  protected override rebind(bindings: Bindings): this {
    return new ModelRouter(this.#options, { engine: this.#engine, bindings }) as this;
  }
}

/** @see ModelRouter @throws {InvalidOptionError} when a candidate or an option is out of range. */
export function createModelRouter(options: ModelRouterOptions): ModelRouter {
  return new ModelRouter(options);
}
