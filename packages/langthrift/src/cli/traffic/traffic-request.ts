import { AIMessage, type BaseMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import type { JsonValue, LogMessage } from "@langthrift/core";
import { parseCallRecord } from "@langthrift/core";

/** One request of a traffic log, ready to be sent again. */
export interface TrafficRequest {
  readonly id: string;
  /** Ends with a question of the user. */
  readonly messages: readonly BaseMessage[];
  /** Requests of one label are answered alike. */
  readonly label?: string;
  readonly tenant?: string;
  readonly user?: string;
  /** ms since epoch */
  readonly at?: number;
}

const roleNames: Readonly<Record<string, LogMessage["role"]>> = {
  system: "system",
  developer: "system",
  user: "human",
  human: "human",
  assistant: "ai",
  ai: "ai",
  tool: "tool",
};

/**
 * Reads one line of a log: `{id?, text | messages, label?, tenant?, user?, ts?}` or a `CallRecord`. What is wrong comes back as a
 * sentence. Never throws.
 */
export function parseTrafficLine(line: string, lineNumber: number): TrafficRequest | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: "it is not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { problem: "it is not a JSON object" };
  const row = value as Record<string, unknown>;
  if ("version" in row && "kind" in row) return fromCallRecord(line, row);

  const messages = typeof row["text"] === "string" ? textMessages(row["text"]) : listMessages(row["messages"]);
  if ("problem" in messages) return messages;
  return {
    id: typeof row["id"] === "string" || typeof row["id"] === "number" ? String(row["id"]) : `line-${lineNumber}`,
    messages: messages.list,
    ...optionalText(row, "label"),
    ...optionalText(row, "tenant"),
    ...optionalText(row, "user"),
    ...(typeof row["ts"] === "number" && Number.isFinite(row["ts"]) && { at: row["ts"] }),
  };
}

function fromCallRecord(line: string, row: Record<string, unknown>): TrafficRequest | { readonly problem: string } {
  const record = parseCallRecord(line);
  if ("problem" in record) return record;
  if (record.kind !== "llm") return { problem: `it is a record of kind "${record.kind}"; only calls of a model can be replayed` };
  const messages = listMessages(record.messages);
  if ("problem" in messages) return { problem: "it holds no messages; log with texts to replay a traffic log" };
  return {
    id: record.id,
    messages: messages.list,
    at: record.at,
    ...optionalText(row, "label"),
    ...(record.tenant !== undefined && { tenant: record.tenant }),
    ...(record.userId !== undefined && { user: record.userId }),
  };
}

function textMessages(text: string): { list: BaseMessage[] } | { problem: string } {
  return text.trim() === "" ? { problem: "`text` is empty" } : { list: [new HumanMessage(text)] };
}

function listMessages(value: unknown): { list: BaseMessage[] } | { problem: string } {
  if (!Array.isArray(value) || value.length === 0) return { problem: "it has neither `text` nor `messages`" };
  const list: BaseMessage[] = [];
  for (const [index, item] of (value as unknown[]).entries()) {
    const fields = typeof item === "object" && item !== null ? (item as Record<string, unknown>) : {};
    const role = roleNames[String(fields["role"])];
    const content = fields["content"];
    if (role === undefined)
      return { problem: `\`messages[${index}].role\` is ${JSON.stringify(fields["role"])}; use system, user, assistant or tool` };
    if (typeof content !== "string" && !Array.isArray(content))
      return { problem: `\`messages[${index}].content\` is neither a text nor a list` };
    list.push(toMessage(role, fields, content as string | JsonValue[]));
  }
  // What a log holds after the last question is its answer, which the replay asks for anew.
  while (list.length > 0 && list.at(-1)?.getType() === "ai") list.pop();
  const last = list.at(-1)?.getType();
  if (last !== "human" && last !== "tool") return { problem: "`messages` holds no question of the user" };
  return { list };
}

function toMessage(role: LogMessage["role"], fields: Record<string, unknown>, content: string | JsonValue[]): BaseMessage {
  const body = { content: content as string };
  switch (role) {
    case "system":
      return new SystemMessage(body);
    case "ai":
      return new AIMessage({ ...body, tool_calls: toolCalls(fields["toolCalls"]) });
    case "tool":
      return new ToolMessage({ ...body, tool_call_id: typeof fields["toolCallId"] === "string" ? fields["toolCallId"] : "unknown" });
    case "human":
      return new HumanMessage(body);
  }
}

function toolCalls(value: unknown): { id: string; name: string; args: Record<string, unknown> }[] {
  if (!Array.isArray(value)) return [];
  return (value as Record<string, unknown>[]).map((call, index) => ({
    id: typeof call["id"] === "string" ? call["id"] : `call-${index}`,
    name: String(call["name"]),
    args: typeof call["args"] === "object" && call["args"] !== null ? (call["args"] as Record<string, unknown>) : {},
  }));
}

function optionalText<Name extends string>(row: Record<string, unknown>, name: Name): { readonly [K in Name]?: string } {
  const value = row[name];
  return (typeof value === "string" && value !== "" ? { [name]: value } : {}) as { readonly [K in Name]?: string };
}
