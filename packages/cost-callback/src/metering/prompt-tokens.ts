import type { BaseMessage } from "@langchain/core/messages";
import { countMessageTokens, defaultTokenCounter, type TokenCounter } from "@langthrift/core";

/** Beyond it exact counting takes tens of milliseconds before every call. */
const EXACT_CHARACTERS = 20_000;
/** Other vendors' tokenizers make up to so many times the tokens of OpenAI's, by which their prompts are counted. */
const FOREIGN_FACTOR = 1.3;

/** For long prompts, and as the least for models without a counter of their own: three bytes a token, rather too many in every script. */
const byBytes: TokenCounter = {
  count: (text) => Math.ceil(Buffer.byteLength(text) / 3),
  isExact: () => false,
};

/**
 * Input tokens of a call that is about to be made: exact for OpenAI's models and prompts of ordinary length, else rather too many, so that a
 * budget's reservation is not too small.
 */
export async function promptTokens(
  messages: readonly BaseMessage[],
  model: string,
  toolSchemas: unknown,
  counter: TokenCounter | undefined,
): Promise<number> {
  const tools = Array.isArray(toolSchemas) ? { tools: toolSchemas as unknown[] } : {};
  return carefully(model, counter, (by) => countMessageTokens(messages, by, { model, ...tools }));
}

/** The same for the prompts of a completion model. */
export async function textTokens(prompts: readonly string[], model: string, counter: TokenCounter | undefined): Promise<number> {
  return carefully(model, counter, (by) => prompts.reduce((sum, prompt) => sum + by.count(prompt, model), 0));
}

async function carefully(model: string, given: TokenCounter | undefined, count: (by: TokenCounter) => number): Promise<number> {
  const rough = count(byBytes);
  if (rough * 3 > EXACT_CHARACTERS) return rough;
  const counter = given ?? (await defaultTokenCounter());
  const counted = count(counter);
  return counter.isExact(model) ? counted : Math.max(rough, Math.ceil(counted * FOREIGN_FACTOR));
}
