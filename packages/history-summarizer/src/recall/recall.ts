import type { BaseMessage } from "@langchain/core/messages";
import { isSummaryMessage } from "../engine/summary-message.ts";
import { messageText, speakerOf } from "../text/message-text.ts";
import { bm25, termsOf } from "./bm25.ts";

export interface RecallOptions {
  /** Most hits; each brings its two neighbours. @default 4 */
  readonly hits?: number;
  /** Most tokens of all that is returned. @default no limit */
  readonly maxTokens?: number;
  /** @default characters / 4 */
  readonly countMessage?: (message: BaseMessage) => number;
}

/**
 * The originals that fit a query best, with their neighbours, in the order of the conversation: BM25 over stems. System messages are
 * never returned. No hit: nothing.
 */
export function recallMessages(messages: readonly BaseMessage[], query: string, options: RecallOptions = {}): BaseMessage[] {
  const { hits = 4, maxTokens = Number.POSITIVE_INFINITY, countMessage = roughTokens } = options;
  const searched = messages.filter((message) => message.getType() !== "system" && !isSummaryMessage(message));
  const scores = bm25(
    searched.map((message) => termsOf(`${message.name === undefined ? "" : speakerOf(message)} ${messageText(message)}`)),
    termsOf(query),
  );
  const ranked = [...scores.keys()]
    .filter((index) => (scores[index] as number) > 0)
    .sort((a, b) => (scores[b] as number) - (scores[a] as number) || b - a);
  const found = new Set<number>();
  let left = maxTokens;
  let count = 0;
  for (const index of ranked) {
    if (count >= hits) break;
    // What answers stands mostly after what was said; what was asked, before it.
    const [fits] = [index, index + 1, index - 1].map((at) => add(at));
    if (!fits) break;
    count += 1;
  }
  return [...found].sort((a, b) => a - b).map((index) => searched[index] as BaseMessage);

  function add(index: number): boolean {
    const message = searched[index];
    if (!message || found.has(index)) return true;
    const tokens = countMessage(message);
    if (tokens > left) return false;
    left -= tokens;
    found.add(index);
    return true;
  }
}

function roughTokens(message: BaseMessage): number {
  return 4 + Math.ceil(messageText(message).length / 4);
}
