import type { BaseMessage } from "@langchain/core/messages";
import type { NanoUsd, Rates } from "@langthrift/core";
import { type ResolvedCache, uncached } from "./cache-prices.ts";
import { coverageOf, type Coverage } from "./coverage.ts";
import type { HistorySummary } from "./history-summary.ts";
import type { CountMessage } from "./message-tokens.ts";
import { type Payback, paybackInTokens } from "./payback.ts";
import { fractionTokens, type Size, triggered } from "./size.ts";
import { type CutPoints, cutPointsOf } from "./units.ts";

/** Why nothing is summarised now. */
export type PlanReason =
  | "below-trigger"
  /** `keep`, tool groups and the last turn leave nothing to cut. */
  | "nothing-to-cut"
  /** What could be cut is under `minGain` times a summary. */
  | "small-gain"
  /** It would cost more than the calls so far have missed. */
  | "not-paid-back"
  /** It could lift the conversation above the allowed overrun. */
  | "overrun";

export type Plan =
  | { readonly action: "none"; readonly reason: PlanReason; readonly estimate?: Payback }
  | {
      readonly action: "summarize";
      /** First message to summarise: the count already covered. */
      readonly from: number;
      /** One past the last. */
      readonly to: number;
      /** Tokens of those messages, without the old summary. */
      readonly inputTokens: number;
      readonly estimate: Payback;
    };

/** `regret`: when the gain missed so far reaches the one-off cost. `forecast`: when the calls that are expected would earn it back. */
export type PaybackRule = { readonly kind: "regret" } | { readonly kind: "forecast"; readonly furtherCalls: number };

export interface PlanContext {
  /** @default [{ tokens: 1000 }] */
  readonly trigger?: readonly Size[];
  /** @default { messages: 20 } */
  readonly keep?: Size;
  /** @default 300 */
  readonly maxSummaryTokens?: number;
  /** What is cut must be this many times a summary. @default 4 */
  readonly minGain?: number;
  /** @default characters / 4 */
  readonly countMessage?: CountMessage;
  /** Tokens sent beside the messages: system prompt and tools. @default 0 */
  readonly overheadTokens?: number;
  /** True tokens for a counted one, from the provider's own usage. @default 1 */
  readonly scale?: number;
  /** The main model's window, for fractions. */
  readonly contextTokens?: number;
  /** Prices of both models; `null` for one of them: only the trigger decides. `false`: no payback rule. */
  readonly prices?: { readonly main: Rates | null; readonly summarizer: Pick<Rates, "input" | "output"> | null } | false;
  /** @default no prompt cache */
  readonly cache?: ResolvedCache;
  /** The provider's cache has expired. @default false */
  readonly cold?: boolean;
  /** @default regret */
  readonly rule?: PaybackRule;
  /** Most by which the conversation may come to cost more than its full history, as a share of that. @default no limit */
  readonly maxOverrun?: number;
  /** The summariser reads the cached prefix of the main model (same model, instruction appended). @default false */
  readonly reusePrefix?: boolean;
  /** Messages that the view keeps even when they are covered; system messages are kept anyhow. */
  readonly keepMessage?: (message: BaseMessage) => boolean;
  /** Known coverage, so that it is not hashed again. */
  readonly coverage?: Coverage;
}

/** Characters / 4 and 4 a message. */
export const approximateMessageTokens: CountMessage = (message) => {
  const { content } = message;
  const calls = (message as { tool_calls?: unknown[] }).tool_calls;
  const text = typeof content === "string" ? content.length : (JSON.stringify(content)?.length ?? 0);
  return 4 + Math.ceil((text + (calls === undefined || calls.length === 0 ? 0 : JSON.stringify(calls).length)) / 4);
};

/**
 * Whether to summarise now, and what. Pure and synchronous; linear in the messages.
 * The missed gain is worked out from the messages (one call for each AI message), so nothing has to be written between calls.
 */
export function plan(messages: readonly BaseMessage[], summary: HistorySummary | undefined, context: PlanContext = {}): Plan {
  const {
    trigger = [{ tokens: 1000 }],
    keep = { messages: 20 },
    maxSummaryTokens = 300,
    minGain = 4,
    countMessage = approximateMessageTokens,
    overheadTokens: besideMessages = 0,
    scale = 1,
    contextTokens,
    prices = false,
    cache = uncached,
    cold = false,
    rule = { kind: "regret" },
    maxOverrun,
    reusePrefix = false,
    keepMessage,
    coverage = coverageOf(messages, summary),
  } = context;
  const from = coverage.count;
  const oldSummary = from > 0 && summary ? summary.tokens : 0;
  // What stays in the view whether covered or not is sent like the system prompt.
  const stays = (message: BaseMessage) => message.getType() === "system" || keepMessage?.(message) === true;
  let overheadTokens = besideMessages;
  for (const message of messages) if (stays(message)) overheadTokens += Math.round(countMessage(message) * scale);
  const countReplaceable: CountMessage = (message) => (stays(message) ? 0 : countMessage(message));
  const history = measure(messages, from, countReplaceable, scale);
  const tokensAt = (end: number) => overheadTokens + oldSummary + history.sum(from, end);

  if (
    !triggered(trigger, { tokens: tokensAt(messages.length), messages: messages.length - from + (oldSummary > 0 ? 1 : 0) }, contextTokens)
  ) {
    return { action: "none", reason: "below-trigger" };
  }
  const cuts = createCutter({
    points: cutPointsOf(messages, from),
    keep,
    history,
    from,
    contextTokens,
    worthwhile: minGain * maxSummaryTokens,
  });
  const to = cuts.at(messages.length);
  if (to <= from) return { action: "none", reason: "nothing-to-cut" };

  const inputTokens = history.sum(from, to);
  const replacedTokens = inputTokens + oldSummary;
  if (replacedTokens < minGain * maxSummaryTokens) return { action: "none", reason: "small-gain" };

  const unpriced: Payback = { oneOffNanoUsd: null, gainPerCallNanoUsd: null, breakEvenCalls: null, carriedNanoUsd: null, cold };
  const summarise = (estimate: Payback): Plan => ({ action: "summarize", from, to, inputTokens, estimate });
  if (prices === false) return summarise(unpriced);
  const { main, summarizer } = prices;
  if (!main || !summarizer || main.input <= 0) return summarise(unpriced);

  // A prompt under the provider's minimum was never cached.
  const holds = tokensAt(messages.length) < cache.minimumTokens ? uncached : cache;
  const keptTokens = history.sum(to, messages.length);
  const { oneOff, gain } = paybackInTokens({
    replacedTokens,
    summaryTokens: maxSummaryTokens,
    keptTokens,
    readTokens: replacedTokens,
    cold: cold && holds !== uncached,
    cache: holds,
    main,
    summarizer: reusePrefix ? { input: summarizer.input * holds.read, output: summarizer.output } : summarizer,
  });

  const carried = missedGain();
  const money = (tokens: number) => Math.round((tokens * main.input) / 1_000_000) as NanoUsd;
  const estimate: Payback = {
    oneOffNanoUsd: money(oneOff),
    gainPerCallNanoUsd: money(gain),
    breakEvenCalls: gain > 0 ? oneOff / gain : null,
    carriedNanoUsd: money(carried),
    cold,
  };
  // Warm, the one-off leaves out what this very call gains; cold, it holds it already.
  const now = estimate.cold ? 0 : gain;
  const pays = oneOff <= now + (rule.kind === "forecast" ? gain * rule.furtherCalls : carried);
  if (!pays) return { action: "none", reason: "not-paid-back", estimate };
  if (maxOverrun !== undefined && oneOff > 0 && oneOff > maxOverrun * costSoFar()) return { action: "none", reason: "overrun", estimate };
  return summarise(estimate);

  /** The gain of each call since the last summary that a summary before it would have had. */
  function missedGain(): number {
    let missed = 0;
    for (let index = from; index < messages.length; index += 1) {
      if ((messages[index] as BaseMessage).getType() !== "ai") continue;
      // The call that wrote message `index` saw what is before it.
      const cut = cuts.at(index);
      if (cut <= from) continue;
      const replaced = oldSummary + history.sum(from, cut);
      if (replaced < minGain * maxSummaryTokens) continue;
      missed += (tokensAt(index) < cache.minimumTokens ? 1 : cache.read) * (replaced - maxSummaryTokens);
    }
    return missed;
  }

  /** What the conversation cost with its full history, at the least: every call read it from the cache. */
  function costSoFar(): number {
    const whole = measure(messages, 0, countReplaceable, scale);
    let cost = 0;
    let cached = 0;
    for (const [index, message] of messages.entries()) {
      if (message.getType() !== "ai" && index !== messages.length - 1) continue;
      const tokens = overheadTokens + whole.sum(0, index);
      cost += cache.read * Math.min(cached, tokens) + Math.max(0, tokens - cached);
      cached = tokens;
    }
    return cost;
  }
}

interface Measured {
  /** Tokens of the messages from `start` up to `end`. */
  sum(start: number, end: number): number;
}

function measure(messages: readonly BaseMessage[], from: number, countMessage: CountMessage, scale: number): Measured {
  const upTo = new Float64Array(messages.length - from + 1);
  for (let index = from; index < messages.length; index += 1) {
    upTo[index - from + 1] = (upTo[index - from] as number) + countMessage(messages[index] as BaseMessage);
  }
  return {
    sum: (start, end) => Math.round(((upTo[Math.max(0, end - from)] as number) - (upTo[Math.max(0, start - from)] as number)) * scale),
  };
}

interface CutterInput {
  readonly points: CutPoints;
  readonly keep: Size;
  readonly history: Measured;
  readonly from: number;
  readonly contextTokens: number | undefined;
  /** Tokens for which a summary is worth its while. */
  readonly worthwhile: number;
}

/**
 * Where the history would be cut while it is `end` messages long.
 */
function createCutter({ points, keep, history, from, contextTokens, worthwhile }: CutterInput): { at(end: number): number } {
  const budget = keep.tokens ?? (keep.fraction === undefined ? undefined : fractionTokens(keep.fraction, contextTokens));
  function firstKept(end: number): number {
    if (budget === undefined) return Math.max(0, end - (keep.messages ?? 20));
    let low = from;
    let high = end;
    // First start whose rest fits the budget.
    while (low < high) {
      const middle = (low + high) >> 1;
      if (history.sum(middle, end) <= budget) high = middle;
      else low = middle + 1;
    }
    return low;
  }
  return {
    at(end) {
      // At the least the last message stays.
      const start = Math.max(0, Math.min(firstKept(end), end - 1));
      const turn = Math.max(from, points.human[start] as number);
      const group = Math.max(from, points.group[start] as number);
      // A turn whose run of tools alone is worth a summary is cut between its groups; the view keeps the last human message.
      return history.sum(turn, group) >= worthwhile ? group : turn;
    },
  };
}
