import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { BaseMessage } from "@langchain/core/messages";
import { type JsonValue, stableHash, toJsonValue } from "@langthrift/core";
import type { BypassReason, CacheQuery, ContextTurn } from "../cache-query.ts";

export interface ChatQueryOptions {
  /** Identity of the model, where it does not show one. */
  readonly modelId?: string | undefined;
  /** Takes the question out of a templated last message; the rest of the message must then be equal. `undefined`: not to be cached. */
  readonly queryText?: ((text: string, messages: readonly BaseMessage[]) => string | undefined) | undefined;
  readonly scope?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly keyFields?: JsonValue | undefined;
  /** Structured output that is asked for beside the call options. */
  readonly format?: unknown;
}

/** The cache's view of a chat request: the last human turn is the question, all else must be equal. */
export function chatQuery(
  model: BaseChatModel,
  messages: readonly BaseMessage[],
  callOptions: object,
  options: ChatQueryOptions = {},
): CacheQuery {
  const params = requestParams(model, callOptions);
  const identity = options.modelId ?? modelIdentity(model, params);
  const { tools, functions, tool_choice: toolChoice, function_call: functionCall, response_format: responseFormat, ...rest } = params;
  const last = messages.at(-1);
  const bypass = bypassOf(last, identity, rest);
  const base = {
    scope: options.scope,
    model: identity,
    tools: tools ?? functions,
    toolChoice: toolChoice ?? functionCall,
    responseFormat: options.format === undefined ? responseFormat : [responseFormat ?? null, describeValue(options.format)],
    params: rest,
    keyFields: options.keyFields,
    metadata: options.metadata,
  };
  if (!last || bypass) return { ...base, text: "", bypass: bypass ?? "no-question" };

  const { text, attachments } = readContent(last.content);
  const question = options.queryText ? options.queryText(text, messages) : text;
  if (question === undefined) return { ...base, text: "", bypass: "not-selected" };
  const system: JsonValue[] = [];
  const context: ContextTurn[] = [];
  for (const message of messages.slice(0, -1)) {
    if (isSystem(message)) system.push(turnContent(message));
    else context.push({ role: message.getType(), content: turnContent(message) });
  }
  // What surrounds the question in its message is compared exactly, so that other documents give another key.
  if (question !== text) system.push({ template: text.includes(question) ? text.split(question) : text });
  return {
    ...base,
    text: question,
    ...(system.length > 0 && { system }),
    ...(context.length > 0 && { context }),
    ...(attachments.length > 0 && { attachments }),
  };
}

function bypassOf(
  last: BaseMessage | undefined,
  identity: string | undefined,
  params: Record<string, JsonValue>,
): BypassReason | undefined {
  if (identity === undefined) return "no-model-identity";
  const n = params["n"];
  if (typeof n === "number" && n > 1) return "several-answers";
  const type = last?.getType();
  if (type === "tool" || type === "function") return "tool-result";
  return type === "human" || type === "generic" ? undefined : "no-question";
}

/** Parts of a request that do not change the answer, or change with every call, or are secret. */
const leftOut =
  /^(?:stream|stream_options|streaming|stream_usage|user|metadata|service_tier|prompt_cache_.*|promptCache.*|store|safety_identifier|signal|callbacks|tags|run_?[iI]d|run_?[nN]ame|timeout|max_?[rR]etries|max_?[cC]oncurrency|configurable|recursionLimit|context|control|writer|executionInfo|ls_.*|client.*|config|configuration|base_?u(?:rl|RL)|organization|project|options)$/;
const secret = /api_?-?key|token$|secret|password|authorization|headers?$|credential|cookie/i;
/** Call options of their own, beside what the model makes of them: LangGraph puts run state among these, so only known ones are read. */
const callOptionNames = [
  "stop",
  "tools",
  "tool_choice",
  "functions",
  "function_call",
  "response_format",
  "responseSchema",
  "outputConfig",
  "seed",
  "reasoning",
  "reasoning_effort",
  "reasoningEffort",
  "strict",
  "parallel_tool_calls",
  "temperature",
  "maxTokens",
  "max_tokens",
  "verbosity",
  "modalities",
  "audio",
  "outputVersion",
  "prediction",
  "system",
] as const;

function requestParams(model: BaseChatModel, callOptions: object): Record<string, JsonValue> {
  const bound = (model as { defaultOptions?: object }).defaultOptions;
  const given: Record<string, unknown> = { ...bound, ...callOptions };
  const params: Record<string, JsonValue> = {};
  for (const name of callOptionNames) {
    if (given[name] !== undefined) set(params, name, given[name]);
  }
  let invocation: unknown;
  try {
    invocation = model.invocationParams(given as never);
  } catch {
    // A model that cannot describe the call is still called; the options alone make the key.
  }
  if (typeof invocation === "object" && invocation !== null) {
    for (const [name, value] of Object.entries(invocation)) {
      if (value !== undefined && !leftOut.test(name) && !secret.test(name)) set(params, name, value);
    }
  }
  const outputVersion = given["outputVersion"] ?? model.outputVersion;
  if (typeof outputVersion === "string") params["outputVersion"] = outputVersion;
  return params;
}

function set(params: Record<string, JsonValue>, name: string, value: unknown): void {
  params[name] = describeValue(value);
}

/** Plain JSON; schemas and tools that are class instances by their JSON schema or name and description. */
function describeValue(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(describeValue);
  if (typeof value !== "object" || value === null) return toJsonValue(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return describeInstance(value);
  const described: Record<string, JsonValue> = {};
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined || typeof item === "function" || secret.test(name)) continue;
    described[name] = describeValue(item);
  }
  return described;
}

function describeInstance(value: object): JsonValue {
  const { name, description, schema, toJSONSchema, _def: definition } = value as Record<string, unknown>;
  if (typeof toJSONSchema === "function") {
    try {
      return toJsonValue((toJSONSchema as () => unknown).call(value));
    } catch {
      // A schema with parts that JSON Schema lacks.
    }
  }
  if (typeof name === "string") {
    return { name, description: toJsonValue(description), schema: schema === undefined ? null : describeValue(schema) };
  }
  return toJsonValue(JSON.parse(JSON.stringify(definition ?? value) ?? "null"));
}

function modelIdentity(model: BaseChatModel, params: Record<string, JsonValue>): string | undefined {
  const fields = model as { model?: unknown; modelName?: unknown; modelId?: unknown };
  const name = [params["model"], params["model_name"], fields.model, fields.modelName, fields.modelId].find(
    (each): each is string => typeof each === "string" && each !== "",
  );
  return name === undefined ? undefined : `${model._llmType()}:${name}`;
}

function isSystem(message: BaseMessage): boolean {
  const type = message.getType();
  return type === "system" || type === "developer";
}

/** Content of an earlier turn without what changes from run to run: ids, metadata. */
function turnContent(message: BaseMessage): JsonValue {
  const { text, attachments } = readContent(message.content);
  const { tool_calls: calls, name } = message as { tool_calls?: readonly { name: string; args: unknown }[]; name?: string };
  return {
    text,
    ...(attachments.length > 0 && { attachments }),
    ...(typeof name === "string" && { name }),
    ...(calls && calls.length > 0 && { calls: calls.map((call) => ({ name: call.name, args: toJsonValue(call.args) })) }),
  };
}

function readContent(content: BaseMessage["content"]): { text: string; attachments: string[] } {
  if (typeof content === "string") return { text: content, attachments: [] };
  const texts: string[] = [];
  const attachments: string[] = [];
  for (const block of content) {
    const { type, text } = block as { type?: unknown; text?: unknown };
    if (type === "text" && typeof text === "string") texts.push(text);
    else attachments.push(stableHash(toJsonValue(bytesAsText(block))));
  }
  return { text: texts.join("\n"), attachments };
}

/** Image data may be a byte array, which JSON would lose. */
function bytesAsText(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof URL) return value.href;
  if (Array.isArray(value)) return value.map(bytesAsText);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, bytesAsText(item)]));
}
