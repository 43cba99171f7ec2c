import type { BaseChatModel, BaseChatModelCallOptions, BindToolsInput } from "@langchain/core/language_models/chat_models";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { Runnable } from "@langchain/core/runnables";

export type ModelCallOptions = BaseChatModelCallOptions & Record<string, unknown>;

/** What the user bound before it is known which model will answer. Replayed on the chosen one. */
export interface Bindings {
  readonly tools?: { readonly tools: readonly BindToolsInput[]; readonly kwargs?: Partial<ModelCallOptions> | undefined } | undefined;
  readonly config?: Partial<ModelCallOptions> | undefined;
}

/** A `withStructuredOutput` call. */
export interface StructuredRequest {
  readonly schema: unknown;
  readonly config: Record<string, unknown> | undefined;
}

/** The chosen model with the tools, then the structured output, bound to it. */
export function replayBindings(
  model: BaseChatModel,
  { tools }: Bindings,
  structured?: StructuredRequest,
): Runnable<BaseLanguageModelInput, unknown> {
  let bound: Runnable<BaseLanguageModelInput, unknown> = model;
  if (tools) {
    if (typeof model.bindTools !== "function")
      throw new TypeError(`${model.getName()} has no bindTools, but tools are bound to the router.`);
    bound = model.bindTools([...tools.tools], tools.kwargs);
  }
  if (!structured) return bound;
  // Most providers return a binding without `withStructuredOutput`; then the schema goes to the model itself.
  const target = hasStructuredOutput(bound) ? bound : model;
  return (target.withStructuredOutput as (schema: unknown, config: unknown) => Runnable<BaseLanguageModelInput, unknown>)(
    structured.schema,
    structured.config,
  );
}

/** Names of the tools that a call carries, bound or passed as call options. */
export function boundToolNames({ tools }: Bindings, options: { readonly tools?: unknown }): string[] {
  const passed = Array.isArray(options.tools) ? (options.tools as unknown[]) : [];
  return [...(tools?.tools ?? []), ...passed].map(toolName);
}

/** Whether a call wants an answer in a schema: by `withStructuredOutput`, or as an agent asks for it. */
export function asksForStructure(
  { tools }: Bindings,
  options: Readonly<Record<string, unknown>>,
  structured: StructuredRequest | undefined,
): boolean {
  return structured !== undefined || (options["response_format"] ?? tools?.kwargs?.["response_format"]) !== undefined;
}

function toolName(tool: unknown): string {
  const record = tool as { name?: unknown; function?: { name?: unknown }; type?: unknown };
  for (const name of [record.name, record.function?.name, record.type]) if (typeof name === "string") return name;
  return "tool";
}

function hasStructuredOutput(value: unknown): value is BaseChatModel {
  return typeof (value as { withStructuredOutput?: unknown }).withStructuredOutput === "function";
}
