import type { BaseMessage } from "@langchain/core/messages";
import { isSummaryMessage } from "../engine/summary-message.ts";
import { messageText, speakerOf } from "../text/message-text.ts";
import { bm25, type Fit, termsOf } from "./bm25.ts";

/** Options of {@link recallMessages}. */
export interface RecallOptions {
  /** Most hits; each brings its two neighbours. @default 4 */
  readonly hits?: number;
  /** Most tokens of all that is returned. @default no limit */
  readonly maxTokens?: number;
  /** A hit holds at least this share of the query's terms, rare ones counting more. @default 0 */
  readonly minCoverage?: number;
  /** @default characters / 4 */
  readonly countMessage?: (message: BaseMessage) => number;
}

/**
 * The originals that fit a query best, with their neighbours, in the order of the conversation: BM25 over stems. System messages are
 * never returned. No hit: nothing.
 */
export function recallMessages(messages: readonly BaseMessage[], query: string, options: RecallOptions = {}): BaseMessage[] {
  const { hits = 4, maxTokens = Number.POSITIVE_INFINITY, minCoverage = 0, countMessage = roughTokens } = options;
  const searched = messages.filter((message) => message.getType() !== "system" && !isSummaryMessage(message));
  const fits = bm25(searched.map(knownTerms), termsOf(query));
  const scoreOf = (index: number) => (fits[index] as Fit).score;
  const ranked = [...fits.keys()]
    .filter((index) => scoreOf(index) > 0 && (fits[index] as Fit).coverage >= minCoverage)
    .sort((a, b) => scoreOf(b) - scoreOf(a) || b - a);
  const found = new Set<number>();
  let left = maxTokens;
  let count = 0;
  for (const index of ranked) {
    if (count >= hits) break;
    // What answers stands mostly after what was said; what was asked, before it.
    const [held] = [index, index + 1, index - 1].map((at) => add(at));
    // A shorter one may still fit.
    if (!held) continue;
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

// Cutting a message into stems is most of the work, and a history is searched again and again.
const known = new WeakMap<BaseMessage, { readonly content: unknown; readonly terms: readonly string[] }>();

function knownTerms(message: BaseMessage): readonly string[] {
  const seen = known.get(message);
  if (seen?.content === message.content) return seen.terms;
  const terms = termsOf(`${message.name === undefined ? "" : speakerOf(message)} ${messageText(message)}`);
  known.set(message, { content: message.content, terms });
  return terms;
}

function roughTokens(message: BaseMessage): number {
  return 4 + Math.ceil(messageText(message).length / 4);
}
