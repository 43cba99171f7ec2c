import type { BaseChatModel } from "@langchain/core/language_models/chat_models";

/** A model's own name and provider, as far as it shows them: what prices are looked up by. Never throws. */
export function modelIdentity(model: BaseChatModel): { readonly modelId: string | undefined; readonly provider: string | undefined } {
  try {
    const params = model.getLsParams({});
    const { model: own, modelName } = model as { model?: unknown; modelName?: unknown };
    const name = own ?? modelName;
    return { modelId: params.ls_model_name ?? (typeof name === "string" ? name : undefined), provider: params.ls_provider };
  } catch {
    return { modelId: undefined, provider: undefined };
  }
}
