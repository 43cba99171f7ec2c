import { type BasePromptValueInterface, ChatPromptValue, StringPromptValue } from "@langchain/core/prompt_values";
import { type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { type Runnable, RunnableLambda } from "@langchain/core/runnables";
import type { Compressor } from "../compressor.ts";
import { createMessageShortener, type MessageShortenerOptions } from "./message-shortener.ts";

/** What a prompt template gives, messages, or a text. */
export type PromptLike = BasePromptValueInterface | BaseMessage[] | string;

/**
 * A step for LCEL, between prompt and model: `prompt.pipe(compressPrompt(compressor)).pipe(model)`. Gives back the type it got.
 * `model` names the model for counting and prices.
 *
 * @throws {InvalidOptionError}
 */
export function compressPrompt(compressor: Compressor, options: MessageShortenerOptions = {}): Runnable<PromptLike, PromptLike> {
  const shorten = createMessageShortener(compressor, options);
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
