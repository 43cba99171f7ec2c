import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { recordOf, textOf } from "../unknown-record.ts";
import { outputLimit } from "./output-limit.ts";

/** What a budget needs to know of a model before a call. */
export interface ModelFacts {
  readonly model: string;
  readonly provider: string | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly tier: string | undefined;
}

/** Asks a model, with the options of a call, what LangChain's integrations say of themselves. */
export function modelFacts(model: BaseChatModel, options: object): ModelFacts {
  const asked = attempt(() => model.getLsParams(options as never)) ?? {};
  const invocation = recordOf(attempt(() => model.invocationParams(options as never) as unknown)) ?? {};
  const fields = model as unknown as Record<string, unknown>;
  return {
    model:
      textOf(recordOf(asked)?.["ls_model_name"]) ??
      textOf(invocation["model"]) ??
      textOf(fields["model"]) ??
      textOf(fields["modelName"]) ??
      "unknown",
    provider: textOf(recordOf(asked)?.["ls_provider"]),
    maxOutputTokens: outputLimit(invocation, asked),
    tier: textOf(invocation["service_tier"]),
  };
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
