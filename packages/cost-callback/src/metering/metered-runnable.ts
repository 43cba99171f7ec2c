import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { BaseMessage } from "@langchain/core/messages";
import { Runnable, type RunnableConfig } from "@langchain/core/runnables";
import { inputMessages } from "@langthrift/core";
import type { CallConfig } from "./call-config.ts";
import type { MeteredCall } from "./call-meter.ts";

/**
 * Structured output of a model whose inside cannot be wrapped (it chooses its model late, as a router does): the whole call is opened
 * against ledger and budgets. A refusal is always an error here: there is no object to give in its place.
 */
export class MeteredRunnable<Output> extends Runnable<BaseLanguageModelInput, Output> {
  override lc_serializable = false;
  lc_namespace: string[] = ["langthrift", "cost_callback"];
  readonly #inner: Runnable<BaseLanguageModelInput, Output>;
  readonly #open: (messages: BaseMessage[], config: CallConfig) => Promise<MeteredCall>;

  constructor(
    inner: Runnable<BaseLanguageModelInput, Output>,
    open: (messages: BaseMessage[], config: CallConfig) => Promise<MeteredCall>,
  ) {
    super();
    this.#inner = inner;
    this.#open = open;
  }

  static override lc_name(): string {
    return "MeteredRunnable";
  }

  override getName(suffix?: string): string {
    return this.#inner.getName(suffix);
  }

  override async invoke(input: BaseLanguageModelInput, options?: Partial<RunnableConfig>): Promise<Output> {
    const call = await this.#opened(input, options);
    try {
      return await this.#inner.invoke(input, call.config as Partial<RunnableConfig>);
    } finally {
      await call.end();
    }
  }

  override async *_streamIterator(input: BaseLanguageModelInput, options?: Partial<RunnableConfig>): AsyncGenerator<Output> {
    const call = await this.#opened(input, options);
    try {
      yield* await this.#inner.stream(input, call.config as Partial<RunnableConfig>);
    } finally {
      await call.end();
    }
  }

  #opened(input: BaseLanguageModelInput, options: Partial<RunnableConfig> | undefined): Promise<MeteredCall> {
    return this.#open(inputMessages(input), { ...options } as CallConfig);
  }
}
