import { canonicalJson, toJsonValue } from "@langthrift/core";
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

const answerParameters = ["temperature", "topP", "topK", "maxTokens", "frequencyPenalty", "presencePenalty", "reasoning", "stop", "seed"];

/** Name and the parameters that change a model's answers, as a text: part of a cache key. Holds nothing secret. */
export function modelIdentity(model: BaseChatModel): string {
  const fields = model as unknown as Readonly<Record<string, unknown>>;
  const set = answerParameters.filter((name) => fields[name] !== undefined && fields[name] !== null);
  return canonicalJson([modelName(model) ?? model._llmType(), ...set.map((name) => [name, toJsonValue(fields[name])])]);
}
