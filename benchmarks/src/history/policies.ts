import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import { createPriceBook } from "@langthrift/core";
import {
  createHistorySummarizer,
  ExtractiveSummarizer,
  type HistorySummarizer,
  type Size,
  type Summarizer,
} from "@langthrift/history-summarizer";
import { summarizationMiddleware } from "langchain";
import { type CacheModel, SYSTEM_TOKENS, textOf, tokensOf } from "./provider-cost.ts";

/** What is sent, and what writing summaries cost, in units of one uncached input token of the main model. */
export interface Shown {
  readonly messages: readonly BaseMessage[];
  readonly overhead: number;
  /** Summaries written for this call. */
  readonly summaries: number;
}

export interface Policy {
  /** `history` grows from call to call. */
  show(history: readonly BaseMessage[], at: number): Promise<Shown>;
  /** What a question after the last call would be sent with; without it, what the last call was sent. Writes nothing. */
  ask?(history: readonly BaseMessage[], question: BaseMessage, at: number): Promise<readonly BaseMessage[]>;
}

/** Output costs this many times input. */
const OUTPUT = 5;
const SUMMARY_TOKENS = 300;

export const fullHistory = (): Policy => ({ show: (messages) => Promise.resolve({ messages, overhead: 0, summaries: 0 }) });

export const window = (size: number): Policy => ({
  show: (messages) => Promise.resolve({ messages: messages.slice(-size), overhead: 0, summaries: 0 }),
});

export interface OursOptions {
  readonly trigger: number;
  readonly keep: number;
  readonly cache: CacheModel | "none";
  /** The summariser's price as a share of the main model's. */
  readonly price: number;
  /** Whether the view recalls originals for a question, as it does by default. @default true */
  readonly recall?: boolean;
}

const MAIN_USD = 1;

/** This package's engine; its extractive summariser stands in for a cheap model and is billed as one. */
export function ours({ trigger, keep, cache, price, recall = true }: OursOptions): Policy {
  let overhead = 0;
  let summaries = 0;
  let now = 0;
  const extractive = new ExtractiveSummarizer();
  const standIn: Summarizer = {
    model: "stand-in",
    async summarize(request, options) {
      const { text } = await extractive.summarize(request, options);
      const inputTokens =
        tokensOf(request.previous ?? "") + request.messages.reduce((sum, message) => sum + 4 + tokensOf(textOf(message)), 0);
      summaries += 1;
      overhead += price * (inputTokens + OUTPUT * tokensOf(text));
      return { text, usage: { inputTokens, outputTokens: tokensOf(text) } };
    },
  };
  const summarizer: HistorySummarizer = createHistorySummarizer({
    model: standIn,
    mainModel: "main",
    trigger: { tokens: trigger } satisfies Size,
    keep: { messages: keep },
    maxSummaryTokens: SUMMARY_TOKENS,
    ...(!recall && { recall: false }),
    payback: { cache: cache === "none" ? "none" : cache },
    prices: createPriceBook({
      catalog: "none",
      logger: false,
      overrides: [
        { model: "main", inputUsdPerMillion: MAIN_USD, outputUsdPerMillion: OUTPUT * MAIN_USD },
        { model: "stand-in", inputUsdPerMillion: price * MAIN_USD, outputUsdPerMillion: price * OUTPUT * MAIN_USD },
      ],
    }),
    logger: false,
    clock: { now: () => now, monotonic: () => now },
  });
  return {
    async show(messages, at) {
      now = at;
      overhead = 0;
      summaries = 0;
      const shown = await summarizer.prepare({ session: "replay", messages, overheadTokens: SYSTEM_TOKENS });
      return { messages: shown.messages, overhead, summaries };
    },
    async ask(messages, question, at) {
      now = at;
      const call = { session: "replay", messages: [...messages, question], overheadTokens: SYSTEM_TOKENS };
      return (await summarizer.show(call, await summarizer.load("replay"))).messages.filter((message) => message !== question);
    },
  };
}

/** LangChain's own middleware with its real hook; the model it calls is the same stand-in, held to the same length. */
export function langchain({ trigger, keep, price }: { readonly trigger: number; readonly keep?: number; readonly price: number }): Policy {
  const model = new StandInModel(price);
  const { beforeModel } = summarizationMiddleware({
    model,
    trigger: { tokens: trigger },
    ...(keep !== undefined && { keep: { messages: keep } }),
  });
  const hook = (typeof beforeModel === "function" ? beforeModel : beforeModel?.hook) as (
    state: unknown,
    runtime: unknown,
  ) => Promise<{ messages?: BaseMessage[] } | undefined>;
  let state: BaseMessage[] = [];
  let seen = 0;
  return {
    async show(messages) {
      state = [...state, ...messages.slice(seen)];
      seen = messages.length;
      model.overhead = 0;
      model.summaries = 0;
      const update = await hook({ messages: state }, { context: {} });
      if (update?.messages) state = update.messages.filter((message) => message.getType() !== "remove");
      return { messages: state, overhead: model.overhead, summaries: model.summaries };
    },
  };
}

class StandInModel extends BaseChatModel {
  overhead = 0;
  summaries = 0;
  readonly #price: number;

  constructor(price: number) {
    super({});
    this.#price = price;
  }

  _llmType(): string {
    return "stand-in";
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const prompt = messages.map(textOf).join("\n");
    const from = prompt.lastIndexOf("Messages to summarize:");
    const record = prompt.slice(from + "Messages to summarize:".length).replace(/<\/messages>\s*$/u, "");
    const { text } = await new ExtractiveSummarizer().summarize({
      messages: record.split("\n").map((line) => new HumanMessage({ content: line, name: "" })),
      maxTokens: SUMMARY_TOKENS,
      pins: [],
    });
    this.summaries += 1;
    this.overhead += this.#price * (tokensOf(prompt) + OUTPUT * tokensOf(text));
    return { generations: [{ text, message: new AIMessage(text) }] };
  }
}
