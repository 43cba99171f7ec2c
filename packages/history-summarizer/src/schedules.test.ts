import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { createPriceBook } from "@langthrift/core";
import { seededRandom } from "@langthrift/test-helpers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { human, providerFault, scriptedSummarizer, system } from "./__fixtures__/histories.ts";
import { isSummaryMessage } from "./engine/summary-message.ts";
import { createHistorySummarizer, type HistorySummarizer } from "./history-summarizer.ts";
import { memorySummaryStore } from "./stores/memory-summary-store.ts";
import type { SummaryStore } from "./stores/summary-store.ts";

const faults = ["none", "429", "timeout", "empty", "bloated", "crash", "twice", "late", "store", "edit"] as const;
const prices = createPriceBook({ catalog: "none", logger: false });

type Fault = (typeof faults)[number];

const TURNS = 12;
/** As many as the package promises. */
const SCHEDULES = 10_000;
// Side by side, because most of a schedule is waiting for time limits.
const AT_ONCE = 100;

const schedule = fc.record({
  faults: fc.array(fc.constantFrom(...faults), { minLength: TURNS, maxLength: TURNS }),
  seed: fc.integer(),
  background: fc.boolean(),
});

it("loses no message and always shows a valid sequence, whatever fails and when (10,000 schedules)", async () => {
  let summaries = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(schedule, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (schedules) => {
      const written = await Promise.all(schedules.map(({ faults: planned, seed, background }) => play(planned, seed, background)));
      summaries += written.reduce((sum, count) => sum + count, 0);
    }),
    { numRuns: Math.ceil(SCHEDULES / AT_ONCE) },
  );
  // Otherwise nothing was tested.
  expect(summaries).toBeGreaterThan(SCHEDULES);
}, 1_200_000);

/** Plays one conversation with a fault a turn; returns how many summaries were written. */
async function play(planned: readonly Fault[], seed: number, background: boolean): Promise<number> {
  const random = seededRandom(seed);
  const inner = memorySummaryStore();
  const held: (() => void)[] = [];
  let fault: Fault = "none";
  const model = scriptedSummarizer((attempt) => {
    if (fault === "429") return Promise.reject(new Error("429"));
    if (fault === "timeout") return new Promise<never>(() => undefined);
    if (fault === "late") return new Promise((resolve) => held.push(() => resolve(`late ${attempt}`)));
    return fault === "empty" ? "" : fault === "bloated" ? "x".repeat(5000) : `summary ${attempt}`;
  });
  const down = () => Promise.reject(new Error("down"));
  const store: SummaryStore = {
    ...inner,
    load: (name) => (fault === "store" ? down() : inner.load(name)),
    compareAndSet: (name, expected, next) => (fault === "store" ? down() : inner.compareAndSet(name, expected, next)),
  };
  const create = (): HistorySummarizer =>
    createHistorySummarizer({
      model,
      store,
      mode: background ? "background" : "inline",
      trigger: { messages: 4 },
      keep: { messages: 2 },
      minGain: 2,
      maxSummaryTokens: 20,
      retries: 0,
      timeoutMs: 2,
      storeTimeoutMs: 1000,
      logger: false,
      payback: false,
      prices,
    });
  let summarizer = create();

  const stored: BaseMessage[] = [system("Be kind.")];
  const originals: string[] = ["Be kind."];
  function say(message: BaseMessage): void {
    stored.push(message);
    originals.push(String(message.content));
  }
  for (const [turn, kind] of planned.entries()) {
    fault = kind;
    say(human(`question ${turn} ${"word ".repeat(20 + Math.floor(random() * 20))}`));
    if (kind === "edit") {
      stored[1] = human(`edited ${turn}`);
      originals[1] = `edited ${turn}`;
    }
    const call = { session: "s", messages: [...stored] };
    const views = await Promise.all(kind === "twice" ? [summarizer.prepare(call), summarizer.prepare(call)] : [summarizer.prepare(call)]);
    for (const { messages: shown, summary } of views) {
      expect(providerFault(shown)).toBeUndefined();
      expect(shown[0]).toBe(stored[0]);
      expect(shown.at(-1)).toBe(stored.at(-1));
      // What no summary stands for is there, in order.
      const expected = summary ? [stored[0], ...stored.slice(summary.coveredCount)] : stored;
      expect(
        same(
          shown.filter((message) => !isSummaryMessage(message)),
          expected,
        ),
      ).toBe(true);
    }
    say(new AIMessage(`answer ${turn} ${"word ".repeat(20)}`));
    if (kind === "crash") summarizer = create();
    if (random() < 0.3) for (const release of held.splice(0)) release();
  }
  expect(stored.every(({ content }, index) => content === originals[index])).toBe(true);
  expect(stored).toHaveLength(originals.length);
  await summarizer.flush();
  return (await inner.load("s"))?.version ?? 0;
}

/** The same objects; a deep comparison of this many messages takes a minute. */
function same(a: readonly BaseMessage[], b: readonly (BaseMessage | undefined)[]): boolean {
  return a.length === b.length && a.every((message, index) => message === b[index]);
}
