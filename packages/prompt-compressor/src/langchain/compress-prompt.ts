import { type BasePromptValueInterface, ChatPromptValue, StringPromptValue } from "@langchain/core/prompt_values";
import { type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { type Runnable, type RunnableConfig, RunnableLambda } from "@langchain/core/runnables";
import { createFailureLog, type Logger } from "@langthrift/core";
import type { Compressor } from "../compressor.ts";
import { checkCompressOptions } from "../engine/options.ts";
import { compressMessages, type CompressMessagesOptions } from "./compress-messages.ts";
import { reportSaving, type SavingsOptions } from "./savings.ts";

/** What a prompt template gives, messages, or a text. */
export type PromptLike = BasePromptValueInterface | BaseMessage[] | string;

export interface CompressPromptOptions extends Omit<CompressMessagesOptions, "failures">, SavingsOptions {
  /** @default console */
  readonly logger?: Logger | false;
}

/**
 * A step for LCEL, between prompt and model: `prompt.pipe(compressPrompt(compressor)).pipe(model)`. Gives back the type it got.
 * `model` names the model for counting and prices.
 *
 * @throws {InvalidOptionError}
 */
export function compressPrompt(compressor: Compressor, options: CompressPromptOptions = {}): Runnable<PromptLike, PromptLike> {
  checkCompressOptions(options);
  const { prices: _prices, onEvent, clock, newId, logger, ...rest } = options;
  const failures = createFailureLog({ strategy: "prompt-compressor", logger, onEvent, ...(clock && { clock }), ...(newId && { newId }) });

  const shorten = async (messages: BaseMessage[], config: RunnableConfig): Promise<BaseMessage[]> => {
    const startedAt = performance.now();
    const signal = config.signal ?? options.signal;
    const {
      messages: shown,
      savedTokens,
      savedCachedTokens,
      changes,
    } = await compressMessages(messages, compressor, { ...rest, failures, ...(signal && { signal }) });
    const saved = {
      savedTokens,
      savedCachedTokens,
      compressor: compressor.name,
      changedMessages: changes.length,
      model: options.model,
      latencyMs: performance.now() - startedAt,
    };
    await reportSaving(saved, options, { config });
    return shown;
  };

  return RunnableLambda.from<PromptLike, PromptLike>(async (input, config) => {
    if (typeof input === "string") return textOf(await shorten([new HumanMessage(input)], config)) ?? input;
    if (Array.isArray(input)) return shorten(input, config);
    if (input instanceof StringPromptValue || (input.lc_namespace.at(-1) === "prompt_values" && "value" in input)) {
      const text = input.toString();
      const shown = textOf(await shorten([new HumanMessage(text)], config));
      return shown === undefined || shown === text ? input : new StringPromptValue(shown);
    }
    return new ChatPromptValue(await shorten(input.toChatMessages(), config));
  }).withConfig({ runName: "compressPrompt" });
}

function textOf(messages: readonly BaseMessage[]): string | undefined {
  const content = messages[0]?.content;
  return typeof content === "string" ? content : undefined;
}
