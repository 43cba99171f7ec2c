import { asArray, asRecord, asString, type JsonRecord } from "./json.ts";
import type { ParsedMessage } from "./prompt-tokens.ts";

/** The messages of a chat completions body. */
export function parseChatMessages(body: JsonRecord): ParsedMessage[] {
  return asArray(body["messages"]).map((value) => {
    const message = asRecord(value);
    const name = asString(message["name"]);
    const toolCallId = asString(message["tool_call_id"]);
    const toolCalls = asArray(message["tool_calls"]).map((value) => {
      const call = asRecord(value);
      const called = asRecord(call["function"]);
      return {
        id: asString(call["id"]) ?? "",
        name: asString(called["name"]) ?? "",
        arguments: asString(called["arguments"]) ?? "",
      };
    });
    return {
      role: asString(message["role"]) ?? "",
      ...parseContent(message["content"]),
      ...(name === undefined ? {} : { name }),
      ...(toolCallId === undefined ? {} : { toolCallId }),
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
    };
  });
}

/** Text and other parts of a message's content, of either API. */
export function parseContent(content: unknown): Pick<ParsedMessage, "text" | "attachments" | "parts"> {
  if (typeof content === "string") return { text: content, attachments: 0, parts: [] };
  const texts: string[] = [];
  const parts: JsonRecord[] = [];
  for (const value of asArray(content)) {
    const part = asRecord(value);
    const text = asString(part["text"]) ?? asString(part["refusal"]);
    if (text === undefined) parts.push(part);
    else texts.push(text);
  }
  return { text: texts.join("\n"), attachments: parts.length, parts };
}
