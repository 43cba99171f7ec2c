import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { createPriceBook } from "@langthrift/core";
import { fakeClock, seededRandom } from "@langthrift/test-helpers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createHistorySummarizer } from "../history-summarizer.ts";
import type { Summarizer } from "../summarizers/summarizer.ts";
import { approximateMessageTokens } from "./message-tokens.ts";

const SYSTEM = 300;
const TTL = 300_000;

/** Bills a prompt in units of an uncached token, from the messages that it begins with as the one before it did. */
function provider({ read, write }: { read: number; write: number }) {
  let last: { messages: readonly BaseMessage[]; at: number } | undefined;
  return (messages: readonly BaseMessage[], at: number): number => {
    const before = last !== undefined && at - last.at <= TTL ? last.messages : undefined;
    const differs = messages.findIndex((message, index) => message.content !== before?.[index]?.content);
    const same = differs < 0 ? messages.length : differs;
    const tokens = (list: readonly BaseMessage[]) => list.reduce((sum, message) => sum + approximateMessageTokens(message), 0);
    last = { messages, at };
    const cached = before ? SYSTEM + tokens(messages.slice(0, same)) : 0;
    return read * cached + write * (SYSTEM + tokens(messages) - cached);
  };
}

it("never lets a conversation, all summaries together, cost more above its full history than allowed", async () => {
  let summaries = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.integer(),
        price: fc.constantFrom(0.1, 1, 4),
        cache: fc.constantFrom({ read: 0.1, write: 1.25 }, { read: 0.5, write: 1 }, { read: 0.1, write: 2 }),
        maxOverrun: fc.constantFrom(0, 0.1, 0.4),
        pauses: fc.constantFrom(0, 0.1),
        recall: fc.boolean(),
        // A forecast that promises far too much.
        rule: fc.constantFrom("regret" as const, "forecast" as const),
      }),
      async ({ seed, price, cache, maxOverrun, pauses, recall, rule }) => {
        const random = seededRandom(seed);
        const clock = fakeClock();
        let overhead = 0;
        const model: Summarizer = {
          model: "writer",
          async summarize({ previous = "", messages }) {
            const read = Math.ceil(previous.length / 4) + messages.reduce((sum, message) => sum + approximateMessageTokens(message), 0);
            summaries += 1;
            overhead += price * (read + 5 * 60);
            return { text: "s".repeat(240), usage: { inputTokens: read, outputTokens: 60 } };
          },
        };
        const summarizer = createHistorySummarizer({
          model,
          mainModel: "main",
          trigger: { tokens: 600 },
          keep: { messages: 4 },
          maxSummaryTokens: 60,
          payback: { cache: { ...cache, minimumTokens: 1 }, maxOverrun, rule, expectedFurtherCalls: 1000 },
          prices: createPriceBook({
            catalog: "none",
            logger: false,
            overrides: [
              { model: "main", inputUsdPerMillion: 1000, outputUsdPerMillion: 5000 },
              { model: "writer", inputUsdPerMillion: 1000 * price, outputUsdPerMillion: 5000 * price },
            ],
          }),
          ...(!recall && { recall: false }),
          logger: false,
          clock,
        });
        const bills = { full: provider(cache), ours: provider(cache) };
        const total = { full: 0, ours: 0 };
        const messages: BaseMessage[] = [];
        const words = (count: number) => Array.from({ length: count }, () => `word${Math.floor(random() * 200)}`).join(" ");
        for (let turn = 0; turn < 60; turn += 1) {
          clock.advance(random() < pauses ? 2 * TTL : 1000);
          messages.push(new HumanMessage(`${words(5 + Math.floor(random() * 40))}${random() < 0.3 ? "?" : "."}`));
          overhead = 0;
          const { messages: shown } = await summarizer.prepare({ session: "s", messages: [...messages], overheadTokens: SYSTEM });
          total.full += bills.full([...messages], clock.now());
          total.ours += overhead + bills.ours(shown, clock.now());
          expect(total.ours).toBeLessThanOrEqual((1 + maxOverrun) * total.full + 1);
          messages.push(new AIMessage(words(5 + Math.floor(random() * 40))));
        }
      },
    ),
    { numRuns: 60 },
  );
  // Otherwise nothing was tested.
  expect(summaries).toBeGreaterThan(60);
});
