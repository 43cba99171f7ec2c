import { type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { coverageOf, type Coverage } from "./coverage.ts";
import type { HistorySummary } from "./history-summary.ts";
import { isSummaryMessage, recalledMessage, recalledText, SUMMARY_SOURCE, summaryMessage, summaryText } from "./summary-message.ts";
import { orderToolResults } from "./tool-order.ts";
import { toolCallIdOf, toolCallsOf } from "../text/message-text.ts";

/** Options of {@link view}. */
export interface ViewOptions {
  /** `merge` puts the summary into the first human message after it, for templates that demand alternating roles. @default "human" */
  readonly placement?: "human" | "merge";
  /** Covered messages that are shown all the same. System messages and the last human message always are. */
  readonly keepMessage?: (message: BaseMessage) => boolean;
  /** Originals that are quoted right before the last human message. @default none */
  readonly recalled?: readonly BaseMessage[];
  /** Known coverage, so that it is not hashed again. */
  readonly coverage?: Coverage;
}

/**
 * What the model is sent: system and kept messages, the summary, and the messages after the cut. Pure; never changes a message or the
 * array; linear in the messages. Without a summary, or when the history no longer is what was summarised: the originals.
 */
export function view(messages: readonly BaseMessage[], summary: HistorySummary | undefined, options: ViewOptions = {}): BaseMessage[] {
  const { placement = "human", keepMessage, recalled = [], coverage = coverageOf(messages, summary) } = options;
  // A summary message that somebody stored with the history is not part of it.
  const own = messages.some(isSummaryMessage);
  if (coverage.state !== "valid" || !summary)
    return [...orderToolResults(own ? messages.filter((message) => !isSummaryMessage(message)) : messages)];

  const { count } = coverage;
  const kept = keptOf(messages, count, keepMessage);
  const tail = messages.slice(count).filter((message) => !isSummaryMessage(message));
  const system = kept.filter((message) => message.getType() === "system");
  const pinned = orderToolResults(kept.filter((message) => message.getType() !== "system"));
  const rest = orderToolResults(tail);
  if (placement === "merge") return [...system, ...mergeRecalled(mergeSummary([...pinned, ...rest], summary), recalled)];
  // Some providers refuse a conversation that an assistant opens.
  const opening = pinned[0]?.getType() === "human" ? [...pinned, summaryMessage(summary)] : [summaryMessage(summary), ...pinned];
  return [...system, ...insertRecalled([...opening, ...rest], recalled)];
}

/** Before the question and not at the start: what comes before it stays in the provider's cache. */
function insertRecalled(messages: BaseMessage[], recalled: readonly BaseMessage[]): BaseMessage[] {
  const at = questionIndex(messages);
  return recalled.length === 0 || at < 0 ? messages : messages.toSpliced(at, 0, recalledMessage(recalled));
}

function mergeRecalled(messages: BaseMessage[], recalled: readonly BaseMessage[]): BaseMessage[] {
  const at = questionIndex(messages);
  return recalled.length === 0 || at < 0
    ? messages
    : messages.with(at, withTextBefore(messages[at] as BaseMessage, recalledText(recalled)));
}

function questionIndex(messages: readonly BaseMessage[]): number {
  return messages.findLastIndex((message) => message.getType() === "human" && !isSummaryMessage(message));
}

/** The covered messages that stay visible: system, what the user keeps with its whole tool group, and the last human message. */
function keptOf(messages: readonly BaseMessage[], count: number, keepMessage: ViewOptions["keepMessage"]): BaseMessage[] {
  const keep = new Set<number>();
  const groups = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    const message = messages[index] as BaseMessage;
    if (isSummaryMessage(message)) continue;
    if (message.getType() !== "system" && keepMessage?.(message) !== true) continue;
    keep.add(index);
    for (const id of groupIds(message)) groups.add(id);
  }
  if (groups.size > 0) {
    // A kept result brings its call, and the call all of its results.
    for (let index = 0; index < count; index += 1) {
      const calls = toolCallsOf(messages[index] as BaseMessage);
      if (!calls.some(({ id }) => id !== undefined && groups.has(id))) continue;
      keep.add(index);
      for (const { id } of calls) if (id !== undefined) groups.add(id);
    }
    for (let index = 0; index < count; index += 1) {
      const id = toolCallIdOf(messages[index] as BaseMessage);
      if (id !== undefined && groups.has(id)) keep.add(index);
    }
  }
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    if ((messages[index] as BaseMessage).getType() !== "human" || isSummaryMessage(messages[index] as BaseMessage)) continue;
    if (index < count) keep.add(index);
    break;
  }
  return [...keep].sort((a, b) => a - b).map((index) => messages[index] as BaseMessage);
}

function groupIds(message: BaseMessage): string[] {
  const result = toolCallIdOf(message);
  const ids = toolCallsOf(message).flatMap(({ id }) => (id === undefined ? [] : [id]));
  return result === undefined ? ids : [...ids, result];
}

/** Puts the summary in front of the text of the first human message; where none comes first, it is a message of its own. */
function mergeSummary(messages: readonly BaseMessage[], summary: HistorySummary): BaseMessage[] {
  const [first, ...rest] = messages;
  if (first?.getType() !== "human") return [summaryMessage(summary), ...messages];
  return [withTextBefore(first, summaryText(summary)), ...rest];
}

function withTextBefore(message: BaseMessage, text: string): BaseMessage {
  const { content, id, name, additional_kwargs, response_metadata } = message;
  const longer = typeof content === "string" ? `${text}\n\n${content}` : [{ type: "text" as const, text }, ...content];
  // Fields one by one: a spread of the message would carry its old text along in `lc_kwargs`.
  return new HumanMessage({
    content: longer as HumanMessage["content"],
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    additional_kwargs: { ...additional_kwargs, langthrift_merged: SUMMARY_SOURCE },
    response_metadata,
  });
}
