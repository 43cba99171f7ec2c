import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { Bindings } from "../model/bindings.ts";
import { type ForwardCall, ForwardingChatModel } from "../model/forwarding-chat-model.ts";
import { mergedProfile } from "../model/merged-profile.ts";
import { CascadeEngine } from "./cascade-engine.ts";
import type { CascadeOptions } from "./cascade-options.ts";

/**
 * A chat model that asks a cheap model first, scores its answer, and asks a stronger one when the answer is not good enough. A rejected draft is
 * seen by the ledger and by nobody else; the stronger model is not shown it.
 *
 * Pays only if P(accept) > (price of draft + scorer) / price of the final model. Escalated calls take as long as both. Streaming: an accepted
 * draft arrives whole, the final model's answer word by word.
 *
 * @throws {InvalidOptionError} at construction, when an option cannot work.
 */
export class CascadeModel extends ForwardingChatModel {
  readonly #engine: CascadeEngine;
  readonly #options: CascadeOptions;

  constructor(options: CascadeOptions, shared?: { readonly engine: CascadeEngine; readonly bindings: Bindings }) {
    super(shared?.bindings);
    this.#options = options;
    this.#engine = shared?.engine ?? new CascadeEngine(options);
  }

  static override lc_name(): string {
    return "CascadeModel";
  }

  override _llmType(): string {
    return "langthrift-cascade";
  }

  override get profile(): BaseChatModel["profile"] {
    return mergedProfile([...this.#options.steps.map(({ candidate }) => candidate), this.#options.final]);
  }

  /** Failures that the cascade survived, by reason. */
  get failures(): Readonly<Record<string, number>> {
    return this.#engine.failures;
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
    return new CascadeModel(this.#options, { engine: this.#engine, bindings }) as this;
  }
}

/** @see CascadeModel @throws {InvalidOptionError} when a step or an option is out of range. */
export function createCascade(options: CascadeOptions): CascadeModel {
  return new CascadeModel(options);
}
