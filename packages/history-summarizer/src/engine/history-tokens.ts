import type { BaseMessage } from "@langchain/core/messages";
import type { CountMessage } from "./message-tokens.ts";

/** Tokens of the messages of a history, each counted once. */
export interface HistoryTokens {
  /** Tokens of the messages from `start` up to `end`. */
  sum(start: number, end: number): number;
}

export function historyTokens(messages: readonly BaseMessage[], from: number, countMessage: CountMessage, scale: number): HistoryTokens {
  const upTo = new Float64Array(messages.length - from + 1);
  for (let index = from; index < messages.length; index += 1) {
    upTo[index - from + 1] = (upTo[index - from] as number) + countMessage(messages[index] as BaseMessage);
  }
  return {
    sum: (start, end) => Math.round(((upTo[Math.max(0, end - from)] as number) - (upTo[Math.max(0, start - from)] as number)) * scale),
  };
}
