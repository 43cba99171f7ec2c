import type { BindToolsInput } from "@langchain/core/language_models/chat_models";
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import { interopSafeParse, isInteropZodSchema } from "@langchain/core/utils/types";

/**
 * Judges a draft that calls tools: `undefined` when it calls none, else whether each call names a bound tool with arguments that fit its schema.
 * Where a schema cannot be read, its required fields are checked, or nothing.
 */
export function toolCallsFit(message: BaseMessage, tools: readonly BindToolsInput[]): boolean | undefined {
  const { tool_calls: calls = [], invalid_tool_calls: broken = [] } = message as AIMessage;
  if (calls.length === 0 && broken.length === 0) return undefined;
  if (broken.length > 0) return false;
  const byName = new Map(tools.map((tool) => [nameOf(tool), schemaOf(tool)]));
  return calls.every(({ name, args }) => byName.has(name) && fits(byName.get(name), args));
}

function nameOf(tool: BindToolsInput): string {
  const { name, function: inner } = tool as { name?: unknown; function?: { name?: unknown } };
  return typeof name === "string" ? name : typeof inner?.name === "string" ? inner.name : "";
}

function schemaOf(tool: BindToolsInput): unknown {
  const {
    schema,
    function: inner,
    input_schema: input,
    parameters,
  } = tool as Record<string, unknown> & { function?: { parameters?: unknown } };
  return schema ?? inner?.parameters ?? input ?? parameters;
}

function fits(schema: unknown, args: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return true;
  if (isInteropZodSchema(schema)) return interopSafeParse(schema, args).success;
  const { required } = schema as { required?: unknown };
  if (!Array.isArray(required)) return true;
  return typeof args === "object" && args !== null && required.every((field) => typeof field !== "string" || field in args);
}
