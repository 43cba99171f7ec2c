import type { BaseMessage } from "@langchain/core/messages";
import { cacheMark } from "@langthrift/core";

type Counted = BaseMessage & {
  usage_metadata?: { input_tokens?: unknown; input_token_details?: object; output_token_details?: object };
  tool_calls?: unknown;
};

/**
 * What the ledger needs of an answer, apart from the message itself, which others may change as soon as they have it: LangChain's
 * InMemoryCache sets the usage of the very message that the caller gets to 0. `undefined` for an answer that must be looked at now: one
 * without usage, whose tokens are to be counted, or one that comes from a cache.
 */
export function answerSnapshot(message: BaseMessage): BaseMessage | undefined {
  const { usage_metadata: usage, response_metadata, additional_kwargs, content, tool_calls } = message as Counted;
  if (!usage || typeof usage.input_tokens !== "number" || !(usage.input_tokens > 0) || cacheMark(message)) return undefined;
  return {
    content,
    tool_calls,
    response_metadata,
    additional_kwargs,
    usage_metadata: {
      ...usage,
      ...(usage.input_token_details && { input_token_details: { ...usage.input_token_details } }),
      ...(usage.output_token_details && { output_token_details: { ...usage.output_token_details } }),
    },
  } as unknown as BaseMessage;
}
