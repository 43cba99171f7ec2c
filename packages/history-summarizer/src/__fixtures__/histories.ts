import { AIMessage, type BaseMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import type { Summarizer } from "../summarizers/summarizer.ts";

/** `turns` exchanges of a question and an answer, each `words` words long; every message names its number once. */
export function chat(turns: number, words = 40): BaseMessage[] {
  const messages: BaseMessage[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    messages.push(new HumanMessage({ content: `${filler(2 * turn, words)} question-${2 * turn}?`, id: `m${2 * turn}` }));
    messages.push(new AIMessage({ content: `${filler(2 * turn + 1, words)} answer-${2 * turn + 1}.`, id: `m${2 * turn + 1}` }));
  }
  return messages;
}

const vocabulary = "harbour lantern copper meadow violin granite orchard saddle timber velvet walnut anchor barley candle dragon ember falcon".split(" ");

function filler(seed: number, words: number): string {
  return Array.from({ length: words }, (_, at) => vocabulary[(seed * 7 + at * 3) % vocabulary.length]).join(" ");
}

export const system = (text = "You help."): SystemMessage => new SystemMessage(text);
export const human = (text: string): HumanMessage => new HumanMessage(text);
export const ai = (text: string): AIMessage => new AIMessage(text);

/** An AI message that calls a tool once for each id. */
export function calls(...ids: string[]): AIMessage {
  return new AIMessage({ content: "", tool_calls: ids.map((id) => ({ id, name: "lookup", args: { id } })) });
}

export const result = (id: string, text = `result ${id}`): ToolMessage => new ToolMessage({ content: text, tool_call_id: id, name: "lookup" });

/** A summariser that answers as scripted and keeps what it was asked. */
export function scriptedSummarizer(
  reply: (attempt: number) => string | Promise<string> = (attempt) => `summary ${attempt}`,
): Summarizer & { readonly requests: Parameters<Summarizer["summarize"]>[0][] } {
  const requests: Parameters<Summarizer["summarize"]>[0][] = [];
  return {
    model: "scripted",
    rates: { input: 0, output: 0 },
    requests,
    async summarize(request) {
      requests.push(request);
      return { text: await reply(requests.length), usage: { inputTokens: 100, outputTokens: 20 } };
    },
  };
}

/** What is wrong with a sequence for a provider; nothing if it is accepted. */
export function providerFault(messages: readonly BaseMessage[]): string | undefined {
  let open = new Set<string>();
  let opened = false;
  for (const [index, message] of messages.entries()) {
    const type = message.getType();
    if (type === "tool") {
      if (!open.delete((message as ToolMessage).tool_call_id)) return `message ${index} is a tool result without its call`;
      continue;
    }
    if (open.size > 0) return `a call before message ${index} has no result`;
    if (type === "system" && opened) return `message ${index} is a system message inside the conversation`;
    if (type !== "system") opened = true;
    if (type === "ai") open = new Set(((message as AIMessage).tool_calls ?? []).map(({ id }) => id ?? ""));
  }
  return undefined;
}
