import type { BaseLanguageModelInterface } from "@langchain/core/language_models/base";
import type { BaseMessage } from "@langchain/core/messages";
import type { Clock, Logger, PriceBook, SavingsEvent, TokenCounter } from "@langthrift/core";
import { InvalidOptionError } from "@langthrift/core";
import { type CacheOption, validateCacheOption } from "./engine/cache-prices.ts";
import type { PinRule } from "./engine/pins.ts";
import { type Size, validateSize } from "./engine/size.ts";
import type { SummaryStore } from "./stores/summary-store.ts";
import type { Summarizer } from "./summarizers/summarizer.ts";

/** What is known of a session when a forecast is asked for. */
export interface SessionStats {
  readonly session: string;
  readonly messages: number;
  /** Calls so far: one for each AI message. */
  readonly calls: number;
}

/** When a summary counts as paying. */
export interface PaybackOptions {
  /** Prices of the provider's prompt cache. @default "auto": from the price book */
  readonly cache?: CacheOption;
  /** `regret` needs no forecast: it waits until the missed gain reaches the cost of switching. @default "regret" */
  readonly rule?: "regret" | "forecast";
  /** Only for `forecast`: how many more calls the conversation will have. @default as many as it has had */
  readonly expectedFurtherCalls?: number | ((stats: SessionStats) => number);
  /**
   * Most by which the conversation may come to cost more than its full history, as a share of what that has cost so far; counts all of its
   * summaries together. With a summariser as dear as the main model hardly anything is summarised then. @default no limit
   */
  readonly maxOverrun?: number;
  /**
   * Let the main model write the summary on its own cached prefix whenever that is cheaper than `model`: it is when `model` costs about as
   * much as the main one and the prefix is warm. Where it answers with a tool call or fails, `model` writes. Needs an adapter that knows the
   * request: the middleware with a thread, or `askMain`. @default false
   */
  readonly reusePrefix?: boolean;
}

/** Recall built into the view: originals that the summary hides and that fit the user's question stand right before it. */
export interface ViewRecallOptions {
  /** Most tokens for one call. @default 400 */
  readonly maxTokens?: number;
  /** Most of what the summary saves on this call, in money, that the recalled tokens may cost; so recall never eats up the saving. @default 0.2 */
  readonly savedShare?: number;
  /** Whether a message of the user is worth a search. @default it holds a question mark */
  readonly asks?: (text: string) => boolean;
}

/** Options of {@link validateOptions}. */
export interface HistorySummarizerOptions {
  /** Writes the summaries: a cheap LangChain model, or any `Summarizer`. @default ExtractiveSummarizer, which needs no model */
  readonly model?: BaseLanguageModelInterface | Summarizer;
  /** Steps in after three failures in a row; `false`: never. @default ExtractiveSummarizer */
  readonly fallback?: Summarizer | false;
  /** When a summary is considered: all fields of a clause, any of several clauses. @default { tokens: 1000 } */
  readonly trigger?: Size | readonly Size[];
  /** What stays word for word at the end: exactly one field. @default { messages: 20 } */
  readonly keep?: Size;
  /** @default 300 */
  readonly maxSummaryTokens?: number;
  /** What is cut must be this many times a summary. @default 4 */
  readonly minGain?: number;
  /** `inline` writes the summary before the call that needs it, `background` after an answer. @default "inline" */
  readonly mode?: "inline" | "background";
  /** Keeps a serverless host alive for background work. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
  /** @default memorySummaryStore(), and the checkpointed state in the agent middleware */
  readonly store?: SummaryStore;
  /** The model whose calls are shortened, for prices. @default the model of the agent, else that of the last answer */
  readonly mainModel?: string;
  /** The main model's provider, for prices. @default that of the last answer */
  readonly mainProvider?: string;
  /** The main model's window, for `fraction`. @default its profile, where it is known */
  readonly contextTokens?: number;
  /** @default createPriceBook() */
  readonly prices?: PriceBook;
  /** `false`: only the trigger decides. */
  readonly payback?: false | PaybackOptions;
  /** Shows hidden originals that the user's question calls for; `false`: the summary alone stands for them. @default on */
  readonly recall?: false | ViewRecallOptions;
  /** Facts that summaries must carry word for word. @default none */
  readonly pin?: readonly PinRule[];
  /** Messages that are always shown. */
  readonly keepMessage?: (message: BaseMessage) => boolean;
  /** Zod or JSON schema of the summary; only with a LangChain `model`. */
  readonly structured?: unknown;
  /** @default "human": a message of its own */
  readonly placement?: "human" | "merge";
  /** @default characters / 4, scaled by the usage that the provider reports */
  readonly tokenCounter?: TokenCounter;
  /** Most time for one summary. @default 20_000 */
  readonly timeoutMs?: number;
  /** Most time for one call of the store. @default 1_000 */
  readonly storeTimeoutMs?: number;
  /** Further attempts in the same call. @default 1 */
  readonly retries?: number;
  /** Called with every savings event, besides the callbacks of the run. @default none */
  readonly onEvent?: (event: SavingsEvent) => void;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Makes the ids of events. @default crypto.randomUUID */
  readonly newId?: () => string;
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
}

/** @throws {InvalidOptionError} naming the option, the value and what to pass. */
export function validateOptions(options: HistorySummarizerOptions): void {
  const { trigger, keep, maxSummaryTokens, minGain, timeoutMs, storeTimeoutMs, retries, payback, recall } = options;
  for (const clause of triggerClauses(trigger)) validateSize(clause, "trigger", { exactlyOne: false });
  if (keep !== undefined) validateSize(keep, "keep", { exactlyOne: true });
  atLeast("maxSummaryTokens", maxSummaryTokens, 20);
  atLeast("minGain", minGain, 2);
  atLeast("timeoutMs", timeoutMs, 1);
  atLeast("storeTimeoutMs", storeTimeoutMs, 1);
  atLeast("retries", retries, 0);
  if (recall) {
    atLeast("recall.maxTokens", recall.maxTokens, 0);
    atLeast("recall.savedShare", recall.savedShare, 0);
    if (recall.savedShare !== undefined && recall.savedShare > 1) {
      throw new InvalidOptionError(`\`recall.savedShare\` is ${recall.savedShare}. Pass a share of at most 1.`);
    }
  }
  if (payback) {
    if (payback.cache !== undefined) validateCacheOption(payback.cache);
    atLeast("payback.maxOverrun", payback.maxOverrun, 0);
    if (typeof payback.expectedFurtherCalls === "number") atLeast("payback.expectedFurtherCalls", payback.expectedFurtherCalls, 0);
  }
}

export function triggerClauses(trigger: HistorySummarizerOptions["trigger"]): readonly Size[] {
  if (trigger === undefined) return [{ tokens: 1000 }];
  const clauses = Array.isArray(trigger) ? (trigger as readonly Size[]) : [trigger as Size];
  if (clauses.length === 0) throw new InvalidOptionError("`trigger` is an empty list. Pass at least one clause, or leave it out.");
  return clauses;
}

function atLeast(option: string, value: number | undefined, minimum: number): void {
  if (value !== undefined && !(Number.isFinite(value) && value >= minimum)) {
    throw new InvalidOptionError(`\`${option}\` is ${value}. Pass a number of at least ${minimum}.`);
  }
}
