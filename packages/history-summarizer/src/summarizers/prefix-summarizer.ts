import { type BaseMessage, HumanMessage, isBaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { usageFromMessage } from "@langthrift/core";
import { factLine } from "../engine/summary-message.ts";
import { messageText } from "../text/message-text.ts";
import { overheadConfig } from "./model-summarizer.ts";
import type { SummarizeCallOptions, SummarizeRequest, SummarizeResult, Summarizer } from "./summarizer.ts";

/**
 * Calls the main model with the messages behind what its requests begin with (same system prompt, same tools), so that the provider finds
 * the prefix of an earlier request in its cache.
 */
export type AskMainModel = (messages: BaseMessage[], config: RunnableConfig) => Promise<unknown>;

/** Options of {@link PrefixSummarizer}. */
export interface PrefixSummarizerOptions {
  /** Asks the main model with the messages as they were sent, so that its prompt cache is read. */
  readonly ask: AskMainModel;
  /** What earlier requests sent up to the cut: the view of the messages that are to be summarised. */
  readonly prefix: readonly BaseMessage[];
  /** Name for prices and records. */
  readonly model: string;
  /** For prices and records. @default none */
  readonly provider?: string | undefined;
}

/** The main model summarises its own cached prefix: the instruction follows the messages instead of quoting them. */
export class PrefixSummarizer implements Summarizer {
  readonly model: string;
  readonly provider?: string;
  readonly inLedger: boolean = true;
  readonly #ask: AskMainModel;
  readonly #prefix: readonly BaseMessage[];

  constructor({ ask, prefix, model, provider }: PrefixSummarizerOptions) {
    this.#ask = ask;
    this.#prefix = prefix;
    this.model = model;
    if (provider !== undefined) this.provider = provider;
  }

  /** One call of the main model. Rejects as it does. */
  async summarize({ maxTokens, pins }: SummarizeRequest, { signal, config }: SummarizeCallOptions): Promise<SummarizeResult> {
    const answer = await this.#ask(
      [...this.#prefix, new HumanMessage(instruction(maxTokens, pins.map(factLine)))],
      overheadConfig(config, signal),
    );
    // A call of a tool instead of a text is an empty summary, which is refused.
    return isBaseMessage(answer) ? { text: messageText(answer).trim(), usage: usageFromMessage(answer) } : { text: "", usage: null };
  }
}

function instruction(maxTokens: number, facts: readonly string[]): string {
  return [
    `Do not go on with the conversation and call no tool. Write instead what somebody must know to go on with it, in at most ${maxTokens} tokens.`,
    "Keep names, numbers, dates, amounts, identifiers, decisions and their reasons, the user's wishes and constraints, what was promised and",
    "what is still open, each exactly as it was said. Say who said it. Keep what a summary above says and is still true.",
    "Leave out greetings, thanks and repetitions. Answer with the summary alone, in the language of the conversation.",
    ...(facts.length > 0 ? ["These must be in it word for word:", ...facts] : []),
  ].join("\n");
}
