import type { BaseMessage } from "@langchain/core/messages";
import { countMessageTokens, type TokenCounter } from "@langthrift/core";

/** Tokens of one message with its overhead. */
export type CountMessage = (message: BaseMessage) => number;

/** Characters / 4 and 4 a message. */
export const approximateMessageTokens: CountMessage = (message) => {
  const { content } = message;
  const calls = (message as { tool_calls?: unknown[] }).tool_calls;
  const text = typeof content === "string" ? content.length : (JSON.stringify(content)?.length ?? 0);
  return 4 + Math.ceil((text + (calls === undefined || calls.length === 0 ? 0 : JSON.stringify(calls).length)) / 4);
};

interface Known {
  readonly content: unknown;
  readonly calls: unknown;
  readonly tokens: number;
}

/** Counts each message object once; one whose content was replaced is counted again. */
export function createMessageCounter(counter: TokenCounter, model?: string): CountMessage {
  const known = new WeakMap<BaseMessage, Known>();
  const options = model === undefined ? {} : { model };
  // Every list carries 3 tokens for the reply.
  const empty = countMessageTokens([], counter, options);
  return (message) => {
    const { content } = message;
    const calls = (message as { tool_calls?: unknown }).tool_calls;
    const seen = known.get(message);
    if (seen && seen.content === content && seen.calls === calls) return seen.tokens;
    const tokens = Math.max(0, countMessageTokens([message], counter, options) - PER_REPLY - empty);
    known.set(message, { content, calls, tokens });
    return tokens;
  };
}

const PER_REPLY = 3;
