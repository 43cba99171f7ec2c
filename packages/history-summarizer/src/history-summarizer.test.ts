import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { createPriceBook, InvalidOptionError, type SavingsEvent } from "@langthrift/core";
import { collectEvents, fakeClock, sequentialIds } from "@langthrift/test-helpers";
import { describe, expect, it } from "vitest";
import { chat, human, scriptedSummarizer } from "./__fixtures__/histories.ts";
import { isSummaryMessage } from "./engine/summary-message.ts";
import { createHistorySummarizer, type HistorySummarizer } from "./history-summarizer.ts";
import type { HistorySummarizerOptions } from "./history-summarizer-options.ts";
import { memorySummaryStore } from "./stores/memory-summary-store.ts";
import type { SummaryStore } from "./stores/summary-store.ts";

const session = "s";

function setUp(options: HistorySummarizerOptions = {}) {
  const seen = collectEvents<SavingsEvent>();
  const clock = fakeClock();
  const summarizer = createHistorySummarizer({
    fallback: false,
    retries: 0,
    logger: false,
    onEvent: seen.onEvent,
    clock,
    newId: sequentialIds(),
    ...options,
  });
  return { seen, clock, summarizer };
}

/** One call after each human message of the conversation. */
async function replay(
  summarizer: HistorySummarizer,
  messages: readonly BaseMessage[],
  each?: (shown: BaseMessage[], end: number) => void | Promise<void>,
) {
  for (let end = 1; end <= messages.length; end += 2) {
    const { messages: shown } = await summarizer.prepare({ session, messages: messages.slice(0, end) });
    await each?.(shown, end);
  }
}

describe("createHistorySummarizer", () => {
  it.each<HistorySummarizerOptions>([
    { trigger: {} },
    { trigger: [] },
    { trigger: { tokens: 0 } },
    { trigger: { fraction: 1.5 } },
    { keep: { messages: 1, tokens: 2 } },
    { keep: { messages: 2.5 } },
    { maxSummaryTokens: Number.NaN },
    { timeoutMs: -1 },
    { payback: { cache: { read: -1, write: 1 } } },
  ])("rejects %o at construction", (options) => {
    expect(() => createHistorySummarizer(options)).toThrow(InvalidOptionError);
  });

  it("shortens a long conversation, and says what that avoided and cost", async () => {
    const model = scriptedSummarizer();
    const prices = createPriceBook({
      catalog: "none",
      logger: false,
      overrides: [{ model: "main", inputUsdPerMillion: 1, outputUsdPerMillion: 5 }],
    });
    const { seen, summarizer } = setUp({ model, prices, mainModel: "main", recall: false });
    await replay(summarizer, chat(40), (shown, end) => expect(shown.length).toBeLessThanOrEqual(Math.min(end, 50)));
    expect(model.requests.length).toBeGreaterThan(1);
    const avoided = seen.ofKind("avoided");
    expect(avoided.length).toBeGreaterThan(10);
    const { usage, nanoUsd, model: name } = avoided.at(-1) as SavingsEvent;
    expect(name).toBe("main");
    // No cached reads are sold: at the input price.
    expect(nanoUsd).toBe((usage?.inputTokens ?? 0) * 1000);
    expect(seen.ofKind("overhead")).toHaveLength(model.requests.length);
    expect(seen.ofKind("overhead")[0]).toMatchObject({
      reason: "summary",
      usage: { inputTokens: 100 },
      nanoUsd: 0,
      alreadyInLedger: false,
    });
  });

  it("values what it avoids at cached prices, and the cache that a new summary loses", async () => {
    const overrides = [
      { model: "main", inputUsdPerMillion: 1, outputUsdPerMillion: 5, cacheReadUsdPerMillion: 0.1, cacheWriteUsdPerMillion: 1.25 },
    ];
    const { seen, clock, summarizer } = setUp({
      prices: createPriceBook({ catalog: "none", logger: false, overrides }),
      mainModel: "main",
      recall: false,
    });
    await replay(summarizer, chat(40, 60));
    const [first, rewritten, later] = seen.ofKind("avoided");
    expect(first).toMatchObject({ reason: "shortened", usage: { cacheReadTokens: first?.usage?.inputTokens } });
    expect(first?.nanoUsd).toBe((first?.usage?.inputTokens ?? 0) * 100);
    expect(rewritten).toMatchObject({ reason: "cache-rewritten", decisionId: first?.decisionId });
    expect(rewritten?.usage).toBeUndefined();
    expect(rewritten?.nanoUsd).toBe(Number(rewritten?.details["rewrittenTokens"]) * -1150);
    expect(later).toMatchObject({ reason: "shortened" });
    clock.advance(600_000);
    await summarizer.prepare({ session, messages: chat(40, 60) });
    const cold = seen.ofKind("avoided").at(-1);
    expect(cold).toMatchObject({ reason: "shortened", usage: { cacheWriteTokens: cold?.usage?.inputTokens }, details: { cold: true } });
  });

  it("leaves the saving null where the price is unknown", async () => {
    const { seen, summarizer } = setUp({ prices: createPriceBook({ catalog: "none", logger: false }), mainModel: "nobody-knows-it" });
    await replay(summarizer, chat(30));
    expect(seen.ofKind("avoided").length).toBeGreaterThan(0);
    for (const event of seen.ofKind("avoided")) expect(event.nanoUsd).toBeNull();
  });

  it("switches at once after a pause that let the cache expire", async () => {
    const overrides = [
      { model: "main", inputUsdPerMillion: 1, outputUsdPerMillion: 5, cacheReadUsdPerMillion: 0.1, cacheWriteUsdPerMillion: 1.25 },
    ];
    const { clock, summarizer } = setUp({
      model: scriptedSummarizer(),
      prices: createPriceBook({ catalog: "none", logger: false, overrides }),
      mainModel: "main",
      trigger: { tokens: 1000 },
    });
    const messages = chat(18, 60);
    const call = (end: number) => summarizer.prepare({ session, messages: messages.slice(0, end) });
    expect((await call(33)).summary).toBeUndefined();
    clock.advance(299_000);
    expect((await call(33)).summary).toBeUndefined();
    clock.advance(301_000);
    expect((await call(35)).summary).toBeDefined();
  });

  it("learns from the provider's usage what it cannot see", async () => {
    const { summarizer } = setUp({ trigger: { tokens: 4000 }, payback: false });
    const messages = chat(15, 20);
    const { viewTokens } = await summarizer.prepare({ session, messages: messages.slice(0, 29) });
    const answer = new AIMessage({
      content: "ok",
      usage_metadata: { input_tokens: viewTokens + 5000, output_tokens: 1, total_tokens: viewTokens + 5001 },
    });
    const after = await summarizer.prepare({ session, messages: [...messages.slice(0, 29), answer, human("next")] });
    expect(after.fullTokens).toBeGreaterThan(5000);
  });

  it("keeps sessions apart", async () => {
    const { summarizer } = setUp();
    await replay(summarizer, chat(30));
    const other = await summarizer.prepare({ session: "other", messages: chat(3) });
    expect(other.summary).toBeUndefined();
  });

  it("covers after a failure what it could not cover during it, and backs off in between", async () => {
    let down = true;
    const model = scriptedSummarizer((attempt) => (down ? Promise.reject(new Error("429")) : `summary ${attempt}`));
    const { seen, summarizer } = setUp({ model });
    const messages = chat(60);
    const outcomes: string[] = [];
    for (let end = 41; end <= 81; end += 2) {
      if (end === 61) down = false;
      const { outcome, summary } = await summarizer.refresh({ session, messages: messages.slice(0, end) });
      outcomes.push(outcome);
      if (outcome === "written") expect(summary?.coveredCount).toBeGreaterThanOrEqual(40);
    }
    expect(outcomes.slice(0, 9)).toEqual([
      "failed",
      "backing-off",
      "failed",
      "backing-off",
      "backing-off",
      "failed",
      "backing-off",
      "backing-off",
      "backing-off",
    ]);
    expect(outcomes).toContain("written");
    // Warned about once.
    expect(seen.ofKind("notice")).toHaveLength(1);
    expect(summarizer.failures["summary-failed"]).toBeGreaterThan(2);
  });

  it("falls back to extraction after three failures in a row", async () => {
    const { summarizer } = setUp({ model: scriptedSummarizer(() => Promise.reject(new Error("down"))), fallback: undefined });
    let written: string | undefined;
    await replay(summarizer, chat(60), async () => {
      written ??= (await summarizer.load(session))?.model;
    });
    expect(written).toBe("extractive");
  });

  it("refuses an answer, tries once more, and changes nothing", async () => {
    const answers = ["", "x".repeat(9000), "fine"];
    const model = scriptedSummarizer((attempt) => answers[attempt - 1] ?? "fine");
    const { seen, summarizer } = setUp({ model, retries: 1 });
    const messages = chat(40);
    const { messages: shown, summary } = await summarizer.prepare({ session, messages: messages.slice(0, 61) });
    expect(summary).toBeUndefined();
    expect(shown).toEqual(messages.slice(0, 61));
    expect(seen.ofKind("overhead").map(({ reason }) => reason)).toEqual(["rejected:empty", "rejected:too-long"]);
  });

  it("goes on without a store that fails or hangs, and says so once", async () => {
    for (const load of [() => Promise.reject(new Error("down")), () => new Promise<never>(() => undefined)]) {
      const store: SummaryStore = { ...memorySummaryStore(), load };
      const model = scriptedSummarizer();
      const { seen, summarizer } = setUp({ store, model, storeTimeoutMs: 5 });
      await replay(summarizer, chat(25), (shown, end) => expect(shown).toHaveLength(end));
      expect(seen.summary).toEqual(["notice store-failed"]);
      expect(model.requests).toHaveLength(0);
    }
  });

  it("goes on without a summariser that hangs", async () => {
    const { seen, summarizer } = setUp({ model: scriptedSummarizer(() => new Promise<never>(() => undefined)), timeoutMs: 5 });
    const { messages } = await summarizer.prepare({ session, messages: chat(40) });
    expect(messages).toEqual(chat(40));
    expect(seen.summary).toEqual(["notice summary-failed"]);
  });

  it("stops when the caller does", async () => {
    const controller = new AbortController();
    const { summarizer } = setUp({ model: scriptedSummarizer(() => new Promise<never>(() => undefined)) });
    const call = summarizer.prepare({ session, messages: chat(40), signal: controller.signal });
    setTimeout(() => controller.abort(new Error("left")), 5);
    await expect(call).rejects.toThrow();
    expect(summarizer.failures).toEqual({});
  });

  it("returns the originals of an edited history, says so, and starts afresh", async () => {
    const model = scriptedSummarizer();
    const { seen, summarizer } = setUp({ model });
    await replay(summarizer, chat(40));
    const before = await summarizer.load(session);
    const edited = [human("something else"), ...chat(40).slice(1)];
    const { messages: shown, summary } = await summarizer.prepare({ session, messages: edited });
    expect(shown.some(isSummaryMessage)).toBe(summary !== undefined);
    expect(summary?.version).toBe((before?.version ?? 0) + 1);
    expect(model.requests.at(-1)?.previous).toBeUndefined();
    const { messages: again } = await summarizer.show({ session, messages: chat(40) }, summary);
    expect(again).toEqual(chat(40));
    expect(seen.summary).toContain("notice history-changed");
  });

  it("shows what the winner of a race wrote", async () => {
    const store = memorySummaryStore();
    const one = setUp({ store, model: scriptedSummarizer(() => "from one") });
    const two = setUp({ store, model: scriptedSummarizer(() => "from two") });
    const messages = chat(40);
    const views = await Promise.all([one, two].map(({ summarizer }) => summarizer.prepare({ session, messages })));
    expect(views[0]?.summary).toEqual(views[1]?.summary);
    expect(views[0]?.summary?.version).toBe(1);
  });

  it("works in the background, one job for a session, and can be waited for", async () => {
    const waited: Promise<unknown>[] = [];
    const model = scriptedSummarizer();
    const { summarizer } = setUp({ mode: "background", model, waitUntil: (work) => waited.push(work) });
    const messages = chat(40);
    const first = await summarizer.prepare({ session, messages });
    expect(first.messages).toEqual(messages);
    await summarizer.prepare({ session, messages });
    expect(waited).toHaveLength(1);
    await summarizer.flush();
    expect(model.requests).toHaveLength(1);
    expect((await summarizer.prepare({ session, messages })).summary).toBeDefined();
    await summarizer.forget(session);
    expect((await summarizer.prepare({ session, messages })).summary).toBeUndefined();
    await summarizer.flush();
  });

  it("drops a background result that comes after another one", async () => {
    const store = memorySummaryStore();
    let finish: (text: string) => void = () => undefined;
    const late = setUp({
      mode: "background",
      store,
      model: scriptedSummarizer(() => new Promise<string>((resolve) => (finish = resolve))),
    });
    const quick = setUp({ store, model: scriptedSummarizer(() => "quick") });
    late.summarizer.refreshLater({ session, messages: chat(40) });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await quick.summarizer.prepare({ session, messages: chat(45) });
    finish("late");
    await late.summarizer.flush();
    expect((await store.load(session))?.text).toBe("quick");
  });
});
