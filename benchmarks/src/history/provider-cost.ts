import type { BaseMessage } from "@langchain/core/messages";

/** Multiples of the uncached input price. */
export interface CacheModel {
  readonly read: number;
  readonly write: number;
}

export const SYSTEM_TOKENS = 800;
const MINIMUM_TOKENS = 1024;
const TTL_MS = 300_000;

export const tokensOf = (text: string): number => Math.ceil(text.length / 4);
export const textOf = (message: BaseMessage): string =>
  typeof message.content === "string" ? message.content : JSON.stringify(message.content);
const messageTokens = (message: BaseMessage): number => 4 + tokensOf(textOf(message));
export const promptTokens = (messages: readonly BaseMessage[]): number =>
  messages.reduce((sum, message) => sum + messageTokens(message), SYSTEM_TOKENS);

/** Bills input in units of one uncached token, from the bytes that two prompts in a row begin with alike. */
export function createProvider(cache: CacheModel | "none"): { bill(messages: readonly BaseMessage[], at: number): number } {
  let last: { readonly parts: readonly string[]; readonly at: number } | undefined;
  return {
    bill(messages, at) {
      const total = promptTokens(messages);
      if (cache === "none") return total;
      const parts = messages.map((message) => `${message.getType()}:${message.name ?? ""}:${textOf(message)}`);
      const shared = last && at - last.at <= TTL_MS ? sharedTokens(messages, parts, last.parts) : 0;
      last = { parts, at };
      if (total < MINIMUM_TOKENS) return total;
      const read = shared >= MINIMUM_TOKENS ? shared : 0;
      return cache.read * read + cache.write * (total - read);
    },
  };
}

function sharedTokens(messages: readonly BaseMessage[], parts: readonly string[], before: readonly string[]): number {
  let tokens = SYSTEM_TOKENS;
  for (const [index, part] of parts.entries()) {
    const other = before[index];
    if (other === undefined) return tokens;
    if (other !== part) {
      let same = 0;
      while (same < part.length && part[same] === other[same]) same += 1;
      return tokens + Math.floor(same / 4);
    }
    tokens += messageTokens(messages[index] as BaseMessage);
  }
  return tokens;
}
