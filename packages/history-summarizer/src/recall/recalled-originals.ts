import type { BaseMessage } from "@langchain/core/messages";
import { isSummaryMessage } from "../engine/summary-message.ts";
import { messageText, transcriptLine } from "../text/message-text.ts";
import { recallMessages } from "./recall.ts";

/** Options of {@link recalledOriginals}. */
export interface RecalledOriginalsOptions {
  /** Most tokens of what is quoted. */
  readonly maxTokens: number;
  /** Whether a message is worth a search. @default asksSomething */
  readonly asks?: (text: string) => boolean;
  /** What is quoted fits the question in at least this share of its terms, rare ones counting more. @default 0.4 */
  readonly minCoverage?: number;
  /** @default characters / 4 */
  readonly countText?: (text: string) => number;
}

// Chosen on two of five conversations, where it halves the cost of recall for a twelfth of the evidence.
const MIN_COVERAGE = 0.4;

/**
 * The originals that a summary hides and that fit what the user asks now, in the order of the conversation. Pure; linear in the messages.
 * `shown` is the view. Nothing where the last human message asks nothing, or nothing fits.
 */
export function recalledOriginals(
  messages: readonly BaseMessage[],
  shown: readonly BaseMessage[],
  {
    maxTokens,
    asks = asksSomething,
    minCoverage = MIN_COVERAGE,
    countText = (text) => Math.ceil(text.length / 4),
  }: RecalledOriginalsOptions,
): BaseMessage[] {
  if (maxTokens <= 0) return [];
  const question = messages.findLast((message) => message.getType() === "human" && !isSummaryMessage(message));
  const text = question && messageText(question);
  if (text === undefined || !asks(text)) return [];
  const visible = new Set(shown);
  const hidden = messages.filter((message) => message !== question && !visible.has(message));
  return recallMessages(hidden, text, {
    hits: Number.POSITIVE_INFINITY,
    maxTokens,
    minCoverage,
    countMessage: (message) => 1 + countText(transcriptLine(message)),
  });
}

/** A question mark of any script at the end of a word; not the one inside an address. */
export function asksSomething(text: string): boolean {
  return /？|؟|\?(?=[\s"'”’)»*?!]|$)/u.test(text);
}
