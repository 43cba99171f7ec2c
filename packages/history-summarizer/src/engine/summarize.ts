import { type BaseMessage, HumanMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { addUsage, approximateTokenCounter, type Clock, type NanoUsd, systemClock, type TokenCounter, type Usage } from "@langthrift/core";
import type { Summarizer } from "../summarizers/summarizer.ts";
import { speakerOf, transcriptLine } from "../text/message-text.ts";
import { hashMessages } from "./coverage.ts";
import type { HistorySummary, PinnedFact } from "./history-summary.ts";
import { type PinRule, pinnedFacts } from "./pins.ts";
import { carries, factLine, summaryBody } from "./summary-message.ts";
import { SummaryRejectedError } from "./summary-rejected-error.ts";

/** What is to be summarised, and how long the summary may be. */
export interface SummarizeInput {
  /** The whole history; `to` counts from its start. */
  readonly messages: readonly BaseMessage[];
  /** First message that the summary does not cover yet, and one past the last it shall cover. */
  readonly from: number;
  /** An index in `messages`. */
  readonly to: number;
  /** The summary of the messages before `from`. */
  readonly previous?: HistorySummary | undefined;
  /** @default 300 */
  readonly maxSummaryTokens?: number;
  /** @default none */
  readonly pin?: readonly PinRule[];
  /** @default characters / 4 */
  readonly tokenCounter?: TokenCounter;
  /** Prices the summariser's usage. @default unknown */
  readonly priceOf?: (usage: Usage) => NanoUsd | null;
  /** Passed on to the summariser. */
  readonly config?: RunnableConfig | undefined;
  /** Told of each answer's usage, also of one that is then refused. */
  readonly onUsage?: (usage: Usage | null) => void;
  /** Kept with the summary, from the plan. @default unknown */
  readonly overrunNanoUsd?: NanoUsd | null;
  /** @default previous version + 1 */
  readonly version?: number;
  readonly clock?: Pick<Clock, "now">;
}

/** Tokens that pinned facts may take beside the text. */
const MAX_FACT_TOKENS = 200;
const MAX_FACTS = 100;
/** Share of the summariser's window that its input may fill. */
const WINDOW_SHARE = 0.7;

/**
 * Extends the previous summary by the messages `from` to `to`. Input that does not fit the summariser's window is cut at turns, each part
 * seen once, and carried along; it is never trimmed.
 *
 * @throws {SummaryRejectedError} when the answer is empty, longer than allowed (10 % over `maxSummaryTokens`), or not under half of what it replaces.
 */
export async function summarize(input: SummarizeInput, summarizer: Summarizer, signal?: AbortSignal): Promise<HistorySummary> {
  const { messages, from, to, previous, maxSummaryTokens = 300, pin = [], tokenCounter = approximateTokenCounter } = input;
  const {
    priceOf = () => null,
    config,
    onUsage,
    overrunNanoUsd = null,
    version = (previous?.version ?? 0) + 1,
    clock = systemClock,
  } = input;
  const count = (text: string) => tokenCounter.count(text);
  const replaced = messages.slice(from, to);
  const pins = pinnedFacts(replaced, pin, previous?.facts);

  let text = previous?.text ?? "";
  let usage: Usage | null | undefined;
  for (const part of chunksOf(replaced, summarizer.contextTokens, maxSummaryTokens, count)) {
    signal?.throwIfAborted();
    const answer = await summarizer.summarize(
      { ...(text !== "" && { previous: text }), messages: part, maxTokens: maxSummaryTokens, pins },
      { ...(signal && { signal }), ...(config && { config }) },
    );
    onUsage?.(answer.usage);
    usage = usage === undefined ? answer.usage : usage && answer.usage && addUsage(usage, answer.usage);
    text = answer.text.trim();
    const tokens = count(text);
    if (tokens === 0) throw new SummaryRejectedError("empty", 0, maxSummaryTokens);
    if (tokens > maxSummaryTokens * 1.1) throw new SummaryRejectedError("too-long", tokens, Math.floor(maxSummaryTokens * 1.1));
  }
  const source = replaced.reduce((sum, message) => sum + count(transcriptLine(message)), previous?.tokens ?? 0);
  if (count(text) >= source / 2) throw new SummaryRejectedError("not-shorter", count(text), source);

  const facts = carriedFacts(text, pins, count);
  const last = messages[to - 1];
  return {
    version,
    text,
    facts,
    ...(last?.id !== undefined && { coveredUpTo: last.id }),
    coveredCount: to,
    coveredHash: hashMessages(messages, to),
    tokens: count(summaryBody(text, facts)),
    model: summarizer.model,
    nanoUsd: usage ? priceOf(usage) : null,
    createdAt: clock.now(),
    writtenAt: messages.length,
    ...(overrunNanoUsd !== null && { overrunNanoUsd }),
  };
}

/**
 * The facts that go on, newest first within the budget, in their old order. Those that the text carries cost nothing; the others are
 * printed after it, which is cheaper than another call.
 */
function carriedFacts(text: string, pins: readonly PinnedFact[], count: (text: string) => number): PinnedFact[] {
  const kept: PinnedFact[] = [];
  let left = MAX_FACT_TOKENS;
  for (const fact of [...pins].reverse()) {
    if (kept.length >= MAX_FACTS) break;
    if (!carries(text, fact)) {
      const tokens = count(`${factLine(fact)}\n`);
      if (tokens > left) continue;
      left -= tokens;
    }
    kept.push(fact);
  }
  return kept.reverse();
}

/** Parts that fit the window, cut before human turns where possible; every message is in exactly one part. */
export function chunksOf(
  messages: readonly BaseMessage[],
  contextTokens: number | undefined,
  maxSummaryTokens: number,
  count: (text: string) => number,
): (readonly BaseMessage[])[] {
  // The old summary, the new one and the instruction share the window with the part.
  const limit = contextTokens === undefined ? Number.POSITIVE_INFINITY : Math.max(1, contextTokens * WINDOW_SHARE - 2 * maxSummaryTokens);
  const chunks: BaseMessage[][] = [];
  let current: BaseMessage[] = [];
  let tokens = 0;
  let turn = 0;
  for (const message of messages.flatMap((whole) => piecesOf(whole, limit, count))) {
    if (message.getType() === "human") turn = current.length;
    const size = count(transcriptLine(message)) + 1;
    if (current.length > 0 && tokens + size > limit) {
      // Back to the start of the turn, unless the turn alone fills the part.
      const cut = turn > 0 ? turn : current.length;
      const rest = current.slice(cut);
      chunks.push(current.slice(0, cut));
      current = rest;
      tokens = rest.reduce((sum, kept) => sum + count(transcriptLine(kept)) + 1, 0);
      turn = 0;
      if (tokens + size > limit && current.length > 0) {
        chunks.push(current);
        current = [];
        tokens = 0;
      }
    }
    current.push(message);
    tokens += size;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}

/** A message that alone is over the limit, in parts. */
function piecesOf(message: BaseMessage, limit: number, count: (text: string) => number): BaseMessage[] {
  const line = transcriptLine(message);
  const tokens = count(line) + 1;
  if (tokens <= limit) return [message];
  const length = Math.max(1, Math.floor((line.length * limit) / tokens / 2));
  const name = speakerOf(message);
  const pieces: BaseMessage[] = [];
  for (let at = 0; at < line.length; at += length) pieces.push(new HumanMessage({ content: line.slice(at, at + length), name }));
  return pieces;
}
