import { badRequest, type ApiError } from "./api-error.ts";
import { asArray, isRecord, type JsonRecord } from "./json.ts";
import type { RequestKind, RequestMessage } from "./model-request.ts";

/** What OpenAI refuses with 400, of the mistakes a client library can make. */
export function checkRequest(kind: RequestKind, body: JsonRecord, messages: readonly RequestMessage[]): ApiError | undefined {
  if (typeof body["model"] !== "string" || body["model"] === "") return badRequest("you must provide a model parameter");
  if (kind === "embeddings") return checkInput(body["input"]);
  if (kind === "responses") return messages.length > 0 ? checkToolOrder(kind, messages) : missing("input");
  if (!Array.isArray(body["messages"])) return missing("messages");
  if (messages.length === 0)
    return badRequest("Invalid 'messages': empty array. Expected an array with minimum length 1.", { param: "messages" });
  if (messages.some((message) => message.role === "")) return missing("messages[0].role");
  return checkToolOrder(kind, messages);
}

function checkInput(input: unknown): ApiError | undefined {
  if (input === undefined) return missing("input");
  const inputs = Array.isArray(input) ? asArray(input) : [input];
  if (inputs.length === 0 || inputs.length > 2_048 || inputs.some((entry) => entry === "" || isRecord(entry))) {
    return badRequest("'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.");
  }
  return undefined;
}

/** Every tool call is answered, and every tool's message answers a call: trimming a history breaks that easily. */
function checkToolOrder(kind: RequestKind, messages: readonly RequestMessage[]): ApiError | undefined {
  return kind === "chat" ? checkChatTools(messages) : checkResponsesTools(messages);
}

function checkChatTools(messages: readonly RequestMessage[]): ApiError | undefined {
  const open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === "tool") {
      if (!open.delete(message.toolCallId ?? "")) {
        return badRequest("Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", {
          param: `messages.[${index}].role`,
        });
      }
      continue;
    }
    if (open.size > 0) return unanswered(open, index);
    for (const call of message.toolCalls ?? []) open.add(call.id);
  }
  return open.size > 0 ? unanswered(open, messages.length) : undefined;
}

function unanswered(ids: ReadonlySet<string>, index: number): ApiError {
  return badRequest(
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
      `The following tool_call_ids did not have response messages: ${[...ids].join(", ")}`,
    { param: `messages.[${index}].role` },
  );
}

function checkResponsesTools(messages: readonly RequestMessage[]): ApiError | undefined {
  const called = new Set(messages.flatMap((message) => (message.toolCalls ?? []).map((call) => call.id)));
  const answered = new Set(messages.flatMap((message) => (message.toolCallId === undefined ? [] : [message.toolCallId])));
  for (const id of answered) {
    if (!called.has(id)) return badRequest(`No tool call found for function call output with call_id ${id}.`, { param: "input" });
  }
  for (const id of called) {
    if (!answered.has(id)) return badRequest(`No tool output found for function call ${id}.`, { param: "input" });
  }
  return undefined;
}

function missing(parameter: string): ApiError {
  return badRequest(`Missing required parameter: '${parameter}'.`, { param: parameter, code: "missing_required_parameter" });
}
