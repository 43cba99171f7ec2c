import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { AskMainModel } from "../summarizers/prefix-summarizer.ts";

/** What of a request comes before its messages, and the model that gets it. */
export interface MainRequest {
  readonly model: unknown;
  readonly systemMessage?: unknown;
  readonly tools?: readonly unknown[];
  readonly modelSettings?: unknown;
}

interface ModelLike {
  invoke(messages: unknown[], config: RunnableConfig): Promise<unknown>;
  withConfig?(settings: unknown): ModelLike;
  bindTools?(tools: readonly unknown[], settings?: unknown): ModelLike;
}

/** How each thread's model was last called, for a call that begins alike. The threads used last are kept. */
export class MainModels {
  readonly #requests = new Map<string, MainRequest>();
  readonly #limit: number;

  constructor(limit = 1000) {
    this.#limit = limit;
  }

  keep(thread: string, { model, systemMessage, tools, modelSettings }: MainRequest): void {
    this.#requests.delete(thread);
    this.#requests.set(thread, { model, systemMessage, ...(tools && { tools }), modelSettings });
    if (this.#requests.size > this.#limit) this.#requests.delete(this.#requests.keys().next().value as string);
  }

  /** `undefined` before the thread's first call in this process, and where its model cannot be called. */
  of(thread: string): AskMainModel | undefined {
    const request = this.#requests.get(thread);
    const { model } = request ?? {};
    if (!request || !isModel(model)) return undefined;
    const { systemMessage, tools = [], modelSettings } = request;
    return (messages: BaseMessage[], config: RunnableConfig) => {
      const settings = modelSettings ?? {};
      const bound = tools.length > 0 && model.bindTools ? model.bindTools(tools, settings) : (model.withConfig?.(settings) ?? model);
      return bound.invoke([...(hasText(systemMessage) ? [systemMessage] : []), ...messages], config);
    };
  }
}

function isModel(model: unknown): model is ModelLike {
  return typeof (model as { invoke?: unknown } | null)?.invoke === "function";
}

/** An agent without a system prompt has an empty one, which is not sent. */
function hasText(message: unknown): boolean {
  return typeof (message as { text?: unknown } | null)?.text === "string" && (message as { text: string }).text !== "";
}
