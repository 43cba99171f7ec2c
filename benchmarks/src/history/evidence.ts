import type { BaseMessage } from "@langchain/core/messages";
import { recallMessages } from "@langthrift/history-summarizer";
import { mean } from "../statistics.ts";
import type { Conversation } from "./conversation-file.ts";
import { promptTokens, textOf } from "./provider-cost.ts";

/** Of one conversation, question by question; the span only where the answer stands word for word in an evidence turn. */
export interface Evidence {
  readonly span: readonly number[];
  readonly terms: readonly number[];
  readonly turns: readonly number[];
  /** Of the prompt, system prompt included, without the question. */
  readonly tokens: readonly number[];
}

const normal = (text: string): string => text.toLowerCase().replace(/\s+/gu, " ").trim();
const termsOf = (text: string): string[] => normal(text).match(/[\p{L}\p{N}]{3,}/gu) ?? [];

/** What of the answers and their evidence stands in what the model would be sent. */
export async function evidenceIn(
  { turns, questions }: Conversation,
  contextOf: (question: string) => Promise<readonly BaseMessage[]>,
): Promise<Evidence> {
  const byId = new Map(turns.map((turn) => [turn.id, normal(turn.text)]));
  const span: number[] = [];
  const terms: number[] = [];
  const covered: number[] = [];
  const tokens: number[] = [];
  for (const { question, answer, evidence } of questions) {
    const sources = evidence.flatMap((id) => byId.get(id) ?? []);
    if (sources.length === 0) continue;
    const messages = await contextOf(question);
    tokens.push(promptTokens(messages));
    const context = normal(messages.map(textOf).join("\n"));
    const sought = normal(answer);
    if (sought !== "" && sources.some((source) => source.includes(sought))) span.push(context.includes(sought) ? 1 : 0);
    const words = termsOf(answer);
    const held = new Set(termsOf(context));
    if (words.length > 0) terms.push(mean(words.map((word) => (held.has(word) ? 1 : 0))));
    covered.push(mean(sources.map((source) => (context.includes(source) ? 1 : 0))));
  }
  return { span, terms, turns: covered, tokens };
}

/** Share of the evidence turns among the originals recalled in a share of the conversation's tokens, question by question. */
export function recallIn({ turns, questions }: Conversation, share: number): number[] {
  const messages = turns.map(({ message }) => message);
  const countMessage = (message: BaseMessage) => 4 + Math.ceil(textOf(message).length / 4);
  const maxTokens = share * messages.reduce((sum, message) => sum + countMessage(message), 0);
  const known = new Set(turns.map(({ id }) => id));
  return questions.flatMap(({ question, evidence }) => {
    const sought = evidence.filter((id) => known.has(id));
    if (sought.length === 0) return [];
    const found = new Set(
      recallMessages(messages, question, { hits: Number.POSITIVE_INFINITY, maxTokens, countMessage }).map(({ id }) => id),
    );
    return [mean(sought.map((id) => (found.has(id) ? 1 : 0)))];
  });
}
