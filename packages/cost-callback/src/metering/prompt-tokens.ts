import type { BaseMessage } from "@langchain/core/messages";
import { countMessageTokens, defaultTokenCounter, type TokenCounter } from "@langthrift/core";

/** Beyond it exact counting takes tens of milliseconds before every call. */
const EXACT_CHARACTERS = 20_000;

/** For long prompts: three bytes a token is on the safe side in every script. */
const byBytes: TokenCounter = {
  count: (text) => Math.ceil(Buffer.byteLength(text) / 3),
  isExact: () => false,
};

/** Input tokens of a call that is about to be made: exact for OpenAI's models and prompts of ordinary length, else rather too many. */
export async function promptTokens(
  messages: readonly BaseMessage[],
  model: string,
  toolSchemas: unknown,
  counter: TokenCounter | undefined,
): Promise<number> {
  const tools = Array.isArray(toolSchemas) ? { tools: toolSchemas as unknown[] } : {};
  const rough = countMessageTokens(messages, byBytes, { model, ...tools });
  if (rough * 3 > EXACT_CHARACTERS) return rough;
  return countMessageTokens(messages, counter ?? (await defaultTokenCounter()), { model, ...tools });
}

/** The same for the prompts of a completion model. */
export async function textTokens(prompts: readonly string[], model: string, counter: TokenCounter | undefined): Promise<number> {
  const characters = prompts.reduce((sum, prompt) => sum + prompt.length, 0);
  const by = characters > EXACT_CHARACTERS ? byBytes : (counter ?? (await defaultTokenCounter()));
  return prompts.reduce((sum, prompt) => sum + by.count(prompt, model), 0);
}
