import type { BaseChatModel } from "@langchain/core/language_models/chat_models";

/** The name a chat model sends to its provider, under the field names that LangChain's integrations use. */
export function modelName(model: BaseChatModel): string | undefined {
  const fields = model as unknown as Readonly<Record<string, unknown>>;
  for (const field of ["model", "modelName", "modelId", "name"]) {
    const value = fields[field];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}
