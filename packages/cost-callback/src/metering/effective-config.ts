import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { ensureConfig, mergeConfigs, type RunnableConfig } from "@langchain/core/runnables";
import { recordOf } from "../unknown-record.ts";
import type { CallConfig } from "./call-config.ts";

/** What a call will run with: the options bound to the model, those of the call, and the surrounding runnable's. */
export function effectiveConfig(model: BaseChatModel, options: CallConfig): CallConfig {
  // OpenAI's models keep what `withConfig` binds to them in a field.
  const bound = recordOf((model as { defaultOptions?: unknown }).defaultOptions) ?? {};
  return { ...bound, ...mergeConfigs(bound as RunnableConfig, ensureConfig(options)) } as CallConfig;
}
