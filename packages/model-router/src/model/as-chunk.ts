import { AIMessageChunk, isBaseMessage } from "@langchain/core/messages";

/** A stream is made of chunks; a whole message becomes one. Anything else passes through. */
export function asChunk(output: unknown): unknown {
  if (!isBaseMessage(output) || AIMessageChunk.isInstance(output)) return output;
  const { content, id, name, additional_kwargs, response_metadata, tool_calls, invalid_tool_calls, usage_metadata } =
    output as AIMessageChunk;
  return new AIMessageChunk({
    content,
    additional_kwargs,
    response_metadata,
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(usage_metadata && { usage_metadata }),
    ...(invalid_tool_calls && { invalid_tool_calls }),
    tool_call_chunks: (tool_calls ?? []).map((call, index) => ({
      name: call.name,
      args: JSON.stringify(call.args),
      ...(call.id !== undefined && { id: call.id }),
      index,
      type: "tool_call_chunk" as const,
    })),
  });
}
