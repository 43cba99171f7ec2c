import type { BaseMessage } from "@langchain/core/messages";
import type { NanoUsd } from "@langthrift/core";
import { uncached } from "./cache-prices.ts";
import { coverageOf } from "./coverage.ts";
import { createCutter } from "./cutter.ts";
import type { HistorySummary } from "./history-summary.ts";
import { historyTokens } from "./history-tokens.ts";
import { approximateMessageTokens, type CountMessage } from "./message-tokens.ts";
import { type Payback, paybackInTokens, writingInTokens } from "./payback.ts";
import type { Plan, PlanContext } from "./plan-context.ts";
import { summaryMessage } from "./summary-message.ts";
import { triggered } from "./size.ts";
import { cutPointsOf } from "./units.ts";

/** What stands around a summary in the view. */
const FRAME_TOKENS = approximateMessageTokens(summaryMessage({ version: 0, text: "", facts: [] }));

/** About as long as the instruction that is appended to a cached prefix. */
const PREFIX_INSTRUCTION_TOKENS = 150;

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
    recallShare = 0,
    reusePrefix = false,
    keepMessage,
    coverage = coverageOf(messages, summary),
  } = context;
  const from = coverage.count;
  const oldSummary = from > 0 && summary ? summary.tokens + FRAME_TOKENS : 0;
  const newSummary = maxSummaryTokens + FRAME_TOKENS;
  // What stays in the view whether covered or not is sent like the system prompt.
  const stays = (message: BaseMessage) => message.getType() === "system" || keepMessage?.(message) === true;
  let overheadTokens = besideMessages;
  for (const message of messages) if (stays(message)) overheadTokens += Math.round(countMessage(message) * scale);
  const countReplaceable: CountMessage = (message) => (stays(message) ? 0 : countMessage(message));
  const history = historyTokens(messages, from, countReplaceable, scale);
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

  const unpriced: Payback = {
    oneOffNanoUsd: null,
    gainPerCallNanoUsd: null,
    breakEvenCalls: null,
    carriedNanoUsd: null,
    overrunNanoUsd: null,
    cold,
  };
  const summarise = (estimate: Payback, onPrefix = false): Plan => ({
    action: "summarize",
    from,
    to,
    inputTokens,
    reusePrefix: onPrefix,
    estimate,
  });
  if (prices === false) return summarise(unpriced);
  const { main, summarizer } = prices;
  if (!main || !summarizer || main.input <= 0) return summarise(unpriced);

  // A prompt under the provider's minimum was never cached.
  const holds = tokensAt(messages.length) < cache.minimumTokens ? uncached : cache;
  const keptTokens = history.sum(to, messages.length);
  const written = writingInTokens(main, { readTokens: replacedTokens, summaryTokens: maxSummaryTokens, rates: summarizer });
  // The same system prompt, tools and messages, which the provider has in its cache, and an instruction after them.
  const onPrefix = writingInTokens(main, {
    readTokens: (overheadTokens + replacedTokens) * (cold ? holds.write : holds.read) + PREFIX_INSTRUCTION_TOKENS * holds.write,
    summaryTokens: maxSummaryTokens,
    rates: main,
  });
  const usePrefix = reusePrefix && onPrefix < written;
  const { oneOff, gain } = paybackInTokens({
    replacedTokens,
    summaryTokens: newSummary,
    keptTokens,
    writing: usePrefix ? onPrefix : written,
    cold: cold && holds !== uncached,
    cache: holds,
    uncachedCalls: callsBelowMinimum(),
    viewTokens: overheadTokens + newSummary + keptTokens,
  });

  const carried = missedGain();
  const money = (tokens: number) => Math.round((tokens * main.input) / 1_000_000) as NanoUsd;
  const estimate: Payback = {
    oneOffNanoUsd: money(oneOff),
    gainPerCallNanoUsd: money(gain),
    breakEvenCalls: gain > 0 ? oneOff / gain : null,
    carriedNanoUsd: money(carried),
    // A cold one-off holds this call's gain, which is counted with the later ones.
    overrunNanoUsd: money(overrunSoFar() + oneOff + (cold ? gain : 0)),
    cold,
  };
  // Warm, the one-off leaves out what this very call gains; cold, it holds it already.
  const now = estimate.cold ? 0 : gain;
  const pays = oneOff <= now + (rule.kind === "forecast" ? gain * rule.furtherCalls : carried);
  if (!pays) return { action: "none", reason: "not-paid-back", estimate };
  if (maxOverrun !== undefined && oneOff > 0 && (estimate.overrunNanoUsd ?? 0) > money(maxOverrun * costSoFar())) {
    return { action: "none", reason: "overrun", estimate };
  }
  return summarise(estimate, usePrefix);

  /** Calls after the switch whose prompt the provider does not cache, because the view is under its minimum. */
  function callsBelowMinimum(): number {
    const viewTokens = overheadTokens + newSummary + keptTokens;
    if (holds === uncached || viewTokens >= holds.minimumTokens) return 0;
    const calls = messages.reduce((count, message) => count + Number(message.getType() === "ai"), 0);
    const growth = historyTokens(messages, 0, countReplaceable, scale).sum(0, messages.length) / Math.max(1, calls);
    return Math.ceil((holds.minimumTokens - viewTokens) / Math.max(1, growth));
  }

  /** What the summaries before cost above what they have brought since. */
  function overrunSoFar(): number {
    if (!summary) return 0;
    const { overrunNanoUsd = 0, writtenAt = messages.length, coveredCount, tokens } = summary;
    const spent = (overrunNanoUsd * 1_000_000) / (main?.input ?? 1);
    if (coverage.state !== "valid") return spent;
    const saved = historyTokens(messages, 0, countReplaceable, scale).sum(0, coveredCount) - tokens - FRAME_TOKENS;
    let brought = 0;
    for (let index = writtenAt; index < messages.length; index += 1) {
      if ((messages[index] as BaseMessage).getType() === "ai") brought += cache.read * saved * (1 - recallShare);
    }
    return spent - brought;
  }

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
      missed += (tokensAt(index) < cache.minimumTokens ? 1 : cache.read) * (replaced - newSummary);
    }
    return missed;
  }

  /** What the conversation cost with its full history, at the least: every call read it from the cache. */
  function costSoFar(): number {
    const whole = historyTokens(messages, 0, countReplaceable, scale);
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
