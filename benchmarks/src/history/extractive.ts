import { ExtractiveSummarizer } from "@langthrift/history-summarizer";
import type { Conversation, Turn } from "./conversation-file.ts";
import { tokensOf } from "./provider-cost.ts";

/** Whether the exact answer is left after each block of `from` tokens was cut to `to`; only answers that stand in the block. */
export async function extractiveSpans({ turns, questions }: Conversation, from: number, to: number): Promise<number[]> {
  const blocks: Turn[][] = [[]];
  let tokens = 0;
  for (const turn of turns) {
    const size = 4 + tokensOf(turn.text);
    if (tokens + size > from && tokens > 0) {
      blocks.push([]);
      tokens = 0;
    }
    (blocks.at(-1) as Turn[]).push(turn);
    tokens += size;
  }
  const summarizer = new ExtractiveSummarizer();
  const blockOf = new Map(blocks.flatMap((block, index) => block.map(({ id }) => [id, index] as const)));
  const texts = new Map(turns.map(({ id, text }) => [id, text.toLowerCase()]));
  const summaries = await Promise.all(
    blocks.map(async (block) =>
      (await summarizer.summarize({ messages: block.map(({ message }) => message), maxTokens: to, pins: [] })).text.toLowerCase(),
    ),
  );
  return questions.flatMap(({ answer, evidence }) => {
    const sought = answer.toLowerCase().trim();
    const source = evidence.find((id) => texts.get(id)?.includes(sought));
    return source === undefined || sought === "" ? [] : [summaries[blockOf.get(source) as number]?.includes(sought) ? 1 : 0];
  });
}
