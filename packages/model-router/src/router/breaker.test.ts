import { routingMark, type SavingsEvent } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { collectEvents, collectRuns } from "@langthrift/test-helpers";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { byWord, twoModels } from "../__fixtures__/two-models.ts";
import { memoryRouterStore } from "../memory-router-store.ts";
import { createModelRouter, type ModelRouter } from "../model-router.ts";
import type { ModelRouterOptions } from "../model-router-options.ts";

const rates = { input: 1_000_000_000, output: 2_000_000_000, cacheRead: 500_000_000 };
const server = await startModelServer({
  models: [
    { id: "gpt-4o-mini", rates },
    { id: "gpt-4o", rates },
  ],
});
afterAll(() => server.close());
beforeEach(() => {
  server.reset();
  // Only the date: the breaker reads it, and real HTTP needs real timers.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 1) });
});
afterEach(() => void vi.useRealTimers());

const router = (options: Partial<ModelRouterOptions> = {}): ModelRouter =>
  createModelRouter({ candidates: twoModels(server), policy: byWord, logger: false, ...options });
const asked = () => server.journal.map(({ request }) => request.model);
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

describe("circuit breaker", () => {
  it("opens at once on a 429 with retry-after, waits as long as it says, then tries again", async () => {
    server.reply({ model: "gpt-4o-mini", times: 1, answer: { status: 429, headers: { "retry-after": "30" } } });
    const model = router();
    expect(routingMark(await model.invoke("easy"))).toMatchObject({ model: "strong", fallbackFrom: ["cheap"] });
    pass(29_000);
    expect(routingMark(await model.invoke("easy"))).not.toHaveProperty("fallbackFrom");
    expect(asked()).toEqual(["gpt-4o-mini", "gpt-4o", "gpt-4o"]);
    expect((await model.explain("easy")).considered?.find(({ model: name }) => name === "cheap")).toMatchObject({
      excluded: "circuit-open",
    });
    pass(2_000);
    expect(routingMark(await model.invoke("easy"))?.model).toBe("cheap");
  });

  it("keeps a candidate out for a minute when its account is empty: 402, and 400 that speaks of quota", async () => {
    for (const answer of [
      { status: 402, error: { message: "Insufficient credits" } },
      { status: 400, error: { message: "You exceeded your current quota" } },
    ]) {
      server.reset();
      server.reply({ model: "gpt-4o-mini", times: 1, answer });
      const model = router();
      await model.invoke("easy");
      pass(55_000);
      await model.invoke("easy");
      expect(asked()).toEqual(["gpt-4o-mini", "gpt-4o", "gpt-4o"]);
      pass(6_000);
      expect(routingMark(await model.invoke("easy"))?.model).toBe("cheap");
    }
  });

  it("opens when half of five calls failed with 500, not before, and doubles the wait while tries fail", async () => {
    server.reply({ model: "gpt-4o-mini", answer: { status: 500 } });
    const model = router();
    const tries = () => asked().filter((name) => name === "gpt-4o-mini").length;
    for (let call = 0; call < 5; call += 1) {
      await model.invoke("easy");
      expect(tries()).toBe(call + 1);
    }
    await model.invoke("easy");
    expect(tries()).toBe(5);
    pass(5_001);
    await model.invoke("easy");
    expect(tries()).toBe(6);
    pass(5_001);
    await model.invoke("easy");
    expect(tries()).toBe(6);
    pass(5_001);
    await model.invoke("easy");
    expect(tries()).toBe(7);
  });

  it("lets one call alone try a half-open circuit, and closes when it succeeds", async () => {
    server.reply({ model: "gpt-4o-mini", times: 1, answer: { status: 429, headers: { "retry-after": "10" } } });
    const model = router();
    await model.invoke("easy");
    pass(10_001);
    server.reply({ model: "gpt-4o-mini", times: 1, answer: { text: "back", delayMs: 60 } });
    const marks = (await Promise.all(["easy 1", "easy 2", "easy 3"].map((task) => model.invoke(task)))).map(
      (answer) => routingMark(answer)!.model,
    );
    expect(marks.filter((name) => name === "cheap")).toHaveLength(1);
    expect(routingMark(await model.invoke("easy"))?.model).toBe("cheap");
  });

  it("does not count a bad request against the provider", async () => {
    server.reply({ model: "gpt-4o-mini", answer: { status: 400, error: { message: "bad parameter" } } });
    const model = router();
    for (let call = 0; call < 8; call += 1) await model.invoke("easy");
    expect(asked().filter((name) => name === "gpt-4o-mini")).toHaveLength(8);
  });

  it("with all circuits open asks the one that reopens first; nobody is refused", async () => {
    server.reply({ model: "gpt-4o-mini", times: 1, answer: { status: 429, headers: { "retry-after": "50" } } });
    server.reply({ model: "gpt-4o", times: 1, answer: { status: 429, headers: { "retry-after": "20" } } });
    const model = router();
    await expect(model.invoke("easy")).rejects.toMatchObject({ status: 429 });
    expect(routingMark(await model.invoke("easy"))?.model).toBe("strong");
    expect(asked()).toEqual(["gpt-4o-mini", "gpt-4o", "gpt-4o"]);
  });

  it("shares cooldowns through the store", async () => {
    const store = memoryRouterStore();
    server.reply({ model: "gpt-4o-mini", times: 1, answer: { status: 429, headers: { "retry-after": "30" } } });
    await router({ store }).invoke("easy");
    const other = router({ store });
    await other.explain("easy");
    expect(routingMark(await other.invoke("easy"))?.model).toBe("strong");
    expect(asked().filter((name) => name === "gpt-4o-mini")).toHaveLength(1);
  });
});

describe("provider storm", () => {
  it.each([
    ["429", { status: 429 }],
    ["500", { status: 500 }],
    ["a dropped connection", { cut: "before" as const }],
  ])("answers every request and bills each once, with half of a candidate's calls ending in %s", async (_what, failure) => {
    let calls = 0;
    server.reply({
      model: "gpt-4o-mini",
      answer: () => ((calls += 1) % 2 === 1 ? failure : { text: "cheap", usage: { inputTokens: 10, outputTokens: 5 } }),
    });
    server.reply({ model: "gpt-4o", answer: { text: "strong", usage: { inputTokens: 10, outputTokens: 5 } } });
    const events = collectEvents<SavingsEvent>();
    const runs = collectRuns();
    const model = router({ onEvent: events.onEvent });
    for (let round = 0; round < 6; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => model.invoke(`easy ${round} ${index}`, { callbacks: [runs.handler] })),
      );
      for (const answer of answers) expect(answer.text).toBe(routingMark(answer)?.model);
      pass(2_000);
    }
    // Every request has one answer that was paid for, one savings event, and one ended model run.
    const billed = server.journal.filter(({ usage }) => usage !== null);
    expect(billed).toHaveLength(60);
    expect(runs.ofKind("llm").filter(({ state }) => state === "ended")).toHaveLength(60);
    const own = events.events.filter(({ kind }) => kind === "avoided" || kind === "notice");
    expect(new Set(own.map(({ decisionId }) => decisionId)).size).toBe(60);
    expect(own).toHaveLength(60);
    // The circuit opened: fewer calls than requests reached the failing one. And half-opened: it was tried again later.
    const tried = server.journal.filter(({ request }) => request.model === "gpt-4o-mini");
    expect(tried.length).toBeLessThan(60);
    expect(tried.some(({ at }) => at - tried[0]!.at >= 5_000)).toBe(true);
  });
});
