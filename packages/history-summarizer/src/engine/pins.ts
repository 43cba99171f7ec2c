import type { BaseMessage } from "@langchain/core/messages";
import { messageText } from "../text/message-text.ts";
import type { PinnedFact } from "./history-summary.ts";

/** Finds facts that a summary must carry. */
export interface PinRule {
  readonly label?: string;
  /** Every match is a fact, or a function that says what the facts of a message are. A `RegExp` need not be global. */
  readonly find: RegExp | ((message: BaseMessage) => readonly string[]);
  /** Only messages of these types. @default all but system messages */
  readonly from?: readonly string[];
}

/** Ready-made rules. None is on by default: what must be kept word for word is for the application to say. */
export const pinRules: Readonly<Record<"emails" | "urls" | "phones" | "identifiers" | "amounts" | "dates", PinRule>> = {
  emails: { label: "email", find: /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.\p{L}{2,}/gu },
  urls: { label: "link", find: /https?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:!?]/gu },
  phones: { label: "phone", find: /(?<![\p{L}\p{N}])\+?\d[\d ()/-]{6,}\d(?![\p{L}\p{N}])/gu },
  // Letters and digits mixed: order, ticket, flight and part numbers.
  identifiers: {
    label: "id",
    find: /(?<![\p{L}\p{N}-])(?=[\p{L}\p{N}#-]*\d)(?=[\p{L}\p{N}#-]*\p{Lu})[\p{Lu}\p{N}#][\p{Lu}\p{N}-]{3,}(?![\p{L}\p{N}])/gu,
  },
  amounts: { label: "amount", find: /(?:[$€£¥]\s?\d[\d.,]*\d|[$€£¥]\s?\d|\d[\d.,]*\s?(?:USD|EUR|GBP|CHF|JPY|dollars|euros|pounds)\b)/gu },
  dates: { label: "date", find: /\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b/gu },
};

// A pasted page must not fill the summary with its links.
const MAX_FACT_LENGTH = 200;

/** The facts of the messages after the earlier ones, each once, in order of appearance. */
export function pinnedFacts(
  messages: readonly BaseMessage[],
  rules: readonly PinRule[],
  earlier: readonly PinnedFact[] = [],
): PinnedFact[] {
  const facts = new Map(earlier.map((fact) => [factKey(fact.text), fact]));
  if (rules.length === 0) return [...facts.values()];
  for (const message of messages) {
    const type = message.getType();
    for (const { label, find, from } of rules) {
      if (from ? !from.includes(type) : type === "system") continue;
      for (const found of findIn(message, find)) {
        const text = found.replace(/\s+/gu, " ").trim();
        const key = factKey(text);
        if (text === "" || text.length > MAX_FACT_LENGTH || facts.has(key)) continue;
        facts.set(key, label === undefined ? { text } : { text, label });
      }
    }
  }
  return [...facts.values()];
}

function findIn(message: BaseMessage, find: PinRule["find"]): readonly string[] {
  if (typeof find === "function") return find(message);
  const everywhere = find.global ? find : new RegExp(find.source, `${find.flags}g`);
  return [...messageText(message).matchAll(everywhere)].map(([match]) => match);
}

function factKey(text: string): string {
  return text.toLowerCase();
}
