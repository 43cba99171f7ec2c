import { asArray, asRecord, asString, type JsonRecord } from "./json.ts";
import { parseContent } from "./parse-chat.ts";
import type { ParsedMessage } from "./prompt-tokens.ts";

/** The instructions and input items of a Responses API body, as messages. */
export function parseResponsesMessages(body: JsonRecord, earlier: readonly ParsedMessage[]): ParsedMessage[] {
  const instructions = asString(body["instructions"]);
  const input = body["input"];
  return [
    ...(instructions === undefined ? [] : [plainMessage("system", instructions)]),
    ...earlier,
    ...(typeof input === "string" ? [plainMessage("user", input)] : asArray(input).flatMap((item) => parseItem(asRecord(item)))),
  ];
}

/** The output items of an answer, as messages for `previous_response_id`. */
export function parseOutputItems(items: readonly unknown[]): ParsedMessage[] {
  return items.flatMap((item) => parseItem(asRecord(item)));
}

function parseItem(item: JsonRecord): ParsedMessage[] {
  const callId = asString(item["call_id"]) ?? "";
  switch (asString(item["type"]) ?? "message") {
    case "message":
      return [{ role: asString(item["role"]) ?? "user", ...parseContent(item["content"]) }];
    case "function_call":
    case "custom_tool_call": {
      const call = {
        id: callId,
        name: asString(item["name"]) ?? "",
        arguments: asString(item["arguments"]) ?? asString(item["input"]) ?? "",
      };
      return [{ ...plainMessage("assistant", ""), toolCalls: [call] }];
    }
    case "function_call_output":
    case "custom_tool_call_output": {
      const output = item["output"];
      return [{ role: "tool", ...parseContent(output), toolCallId: callId }];
    }
    // Reasoning and hosted tools: not billed as input again.
    default:
      return [];
  }
}

function plainMessage(role: string, text: string): ParsedMessage {
  return { role, text, attachments: 0, parts: [] };
}
