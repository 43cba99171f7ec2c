import type { CallbackManagerForChainRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseMessage } from "@langchain/core/messages";
import { mergeConfigs, Runnable } from "@langchain/core/runnables";
import type { Bindings, ModelCallOptions, StructuredRequest } from "./bindings.ts";
import type { ForwardCall } from "./forwarding-chat-model.ts";

/** The part of a forwarding model that this needs. */
interface Forwarder {
  _forward(call: ForwardCall): Promise<unknown>;
  _forwardStream(call: ForwardCall): AsyncGenerator<unknown>;
  _messagesOf(input: BaseLanguageModelInput): BaseMessage[];
}

/**
 * The runnable behind `withStructuredOutput`: the model is chosen first, and its own structured output used. The base class's parser would
 * reject what a forwarding model returns.
 */
export class StructuredForwarder extends Runnable<BaseLanguageModelInput, unknown, ModelCallOptions> {
  override lc_namespace: string[] = ["langthrift", "model_router"];
  readonly #model: Forwarder;
  readonly #bindings: Bindings;
  readonly #structured: StructuredRequest;

  constructor(model: Forwarder, bindings: Bindings, structured: StructuredRequest) {
    super();
    this.#model = model;
    this.#bindings = bindings;
    this.#structured = structured;
  }

  static override lc_name(): string {
    return "StructuredModelRouter";
  }

  override async invoke(input: BaseLanguageModelInput, options?: Partial<ModelCallOptions>): Promise<unknown> {
    return this._callWithConfig(
      (value: BaseLanguageModelInput, config?: Partial<ModelCallOptions>, runManager?: CallbackManagerForChainRun) =>
        this.#model._forward(this.#call(value, config, runManager)),
      input,
      this.#merged(options),
    );
  }

  override async *_streamIterator(input: BaseLanguageModelInput, options?: Partial<ModelCallOptions>): AsyncGenerator<unknown> {
    const forward = (value: BaseLanguageModelInput, config?: Partial<ModelCallOptions>, runManager?: CallbackManagerForChainRun) =>
      this.#model._forwardStream(this.#call(value, config, runManager));
    yield* this._transformStreamWithConfig(
      once(input),
      async function* forwardStream(inputs, runManager?: CallbackManagerForChainRun, config?: Partial<ModelCallOptions>) {
        for await (const value of inputs) yield* forward(value, config, runManager);
      },
      this.#merged(options),
    );
  }

  #call(input: BaseLanguageModelInput, config: Partial<ModelCallOptions> = {}, runManager?: CallbackManagerForChainRun): ForwardCall {
    return { messages: this.#model._messagesOf(input), config, runManager, bindings: this.#bindings, structured: this.#structured };
  }

  #merged(options: Partial<ModelCallOptions> | undefined): Partial<ModelCallOptions> {
    const { config } = this.#bindings;
    return config ? (mergeConfigs(config as never, options as never) as Partial<ModelCallOptions>) : (options ?? {});
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
