import type { BaseMessage } from "@langchain/core/messages";

/**
 * The text of a message for reading, hashing and searching. What is not text is named, so that it neither vanishes nor counts as nothing:
 * "[image]", "[audio]", "[file]". Reasoning blocks and signatures are left out: providers refuse them in other messages.
 */
export function messageText(message: BaseMessage): string {
  return contentText(message.content);
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const parts: string[] = [];
  for (const block of content as unknown[]) {
    const text = blockText(block);
    if (text !== "") parts.push(text);
  }
  return parts.join("\n");
}

function blockText(block: unknown): string {
  if (typeof block === "string") return block;
  if (typeof block !== "object" || block === null) return "";
  const { type, text } = block as { type?: unknown; text?: unknown };
  if (typeof text === "string") return text;
  if (typeof type !== "string" || /tool|thinking|reasoning|signature/.test(type)) return "";
  for (const kind of ["image", "audio", "video", "document", "file"]) {
    if (type.includes(kind)) return kind === "document" ? "[file]" : `[${kind}]`;
  }
  return `[${type}]`;
}

/** How the speaker is called in a transcript. */
export function speakerOf(message: BaseMessage): string {
  switch (message.getType()) {
    case "human":
      return message.name ?? "User";
    case "ai":
      return message.name ?? "Assistant";
    case "tool":
      return `Tool${message.name === undefined || message.name === "" ? "" : ` ${message.name}`}`;
    case "system":
      return "System";
    default:
      return message.getType();
  }
}

/** A line of a transcript: speaker, text, and the tool calls an assistant made. */
export function transcriptLine(message: BaseMessage): string {
  const calls = toolCallsOf(message).map(({ name, args }) => `[calls ${name}(${safeJson(args)})]`);
  return `${speakerOf(message)}: ${[messageText(message), ...calls].filter((part) => part !== "").join(" ")}`;
}

export interface ToolCallView {
  readonly id?: string | undefined;
  readonly name: string;
  readonly args: unknown;
}

/** The tool calls of an AI message; none for others. */
export function toolCallsOf(message: BaseMessage): readonly ToolCallView[] {
  const calls = (message as { tool_calls?: unknown }).tool_calls;
  return Array.isArray(calls) ? (calls as ToolCallView[]) : [];
}

/** The call that a tool message answers; `undefined` for others. */
export function toolCallIdOf(message: BaseMessage): string | undefined {
  if (message.getType() !== "tool") return undefined;
  const id = (message as { tool_call_id?: unknown }).tool_call_id;
  return typeof id === "string" ? id : "";
}

export function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
