import { type BaseMessage, ToolMessage } from "@langchain/core/messages";
import { toolCallIdOf, toolCallsOf } from "../text/message-text.ts";

/**
 * A sequence that providers accept: each tool result right after the call it answers, orphan and repeated results left out, and a note in
 * place of a result that never came (a call that is still open at the end stays as it is). A well-formed sequence comes back as the same
 * array. Linear in the messages.
 */
export function orderToolResults(messages: readonly BaseMessage[]): readonly BaseMessage[] {
  if (isOrdered(messages)) return messages;
  const results = new Map<string, number[]>();
  let lastOther = -1;
  for (const [index, message] of messages.entries()) {
    const id = toolCallIdOf(message);
    if (id === undefined) lastOther = index;
    else results.set(id, [...(results.get(id) ?? []), index]);
  }
  const ordered: BaseMessage[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.getType() === "tool") continue;
    ordered.push(message);
    for (const { id = "", name } of toolCallsOf(message)) {
      const indexes = results.get(id) ?? [];
      const found = indexes.find((at) => at > index);
      if (found !== undefined) {
        ordered.push(messages[found] as BaseMessage);
        // One result answers one call.
        results.set(
          id,
          indexes.filter((at) => at > found),
        );
      } else if (index < lastOther) {
        ordered.push(new ToolMessage({ content: "[No result was recorded for this call.]", tool_call_id: id, name }));
      }
    }
  }
  return ordered;
}

function isOrdered(messages: readonly BaseMessage[]): boolean {
  let open = new Set<string>();
  for (const message of messages) {
    const id = toolCallIdOf(message);
    if (id !== undefined) {
      if (!open.delete(id)) return false;
      continue;
    }
    if (open.size > 0) return false;
    const calls = toolCallsOf(message);
    if (calls.length > 0) open = new Set(calls.map(({ id }) => id ?? ""));
  }
  return true;
}
