import { type BaseMessage, type ContentBlock, HumanMessage, ToolMessage } from "@langchain/core/messages";

type Content = string | ContentBlock[];

/** The text parts of a message, in order; images and other blocks are left out. */
export function textsOf(message: BaseMessage): string[] {
  const { content } = message;
  if (typeof content === "string") return [content];
  return content.flatMap((block) => (isTextBlock(block) ? [block.text] : []));
}

/**
 * The message with other texts, and everything else as it was. Field by field, because `new ToolMessage({ ...message, content })` keeps the
 * original text in `lc_kwargs`, and with it in every checkpoint.
 */
export function withTexts(
  message: BaseMessage,
  texts: readonly string[],
  metadata?: Record<string, unknown>,
  original?: unknown,
): BaseMessage {
  let at = 0;
  const content: Content =
    typeof message.content === "string"
      ? (texts[0] ?? message.content)
      : message.content.map((block) => (isTextBlock(block) ? { ...block, text: texts[at++] ?? block.text } : block));
  const fields = {
    content,
    additional_kwargs: message.additional_kwargs,
    response_metadata: { ...(message.response_metadata as Record<string, unknown>), ...metadata },
    ...(message.id !== undefined && { id: message.id }),
    ...(message.name !== undefined && { name: message.name }),
  };
  if (ToolMessage.isInstance(message)) {
    const { tool_call_id, status } = message;
    const artifact: unknown = message.artifact ?? original;
    return new ToolMessage({
      ...fields,
      tool_call_id,
      ...(status !== undefined && { status }),
      ...(artifact !== undefined && { artifact }),
    });
  }
  return new HumanMessage(fields);
}

/** A provider's breakpoint: all up to here is, or will be, in its prompt cache. */
export function hasCacheControl(message: BaseMessage): boolean {
  if (message.additional_kwargs?.["cache_control"] !== undefined) return true;
  return (
    Array.isArray(message.content) && message.content.some((block) => (block as { cache_control?: unknown }).cache_control !== undefined)
  );
}

function isTextBlock(block: unknown): block is ContentBlock & { text: string } {
  const { type, text } = (block ?? {}) as { type?: unknown; text?: unknown };
  return type === "text" && typeof text === "string";
}
