import type { AIMessageChunk } from "@langchain/core/messages";
import { concat } from "@langchain/core/utils/stream";
import { routingMark, type SavingsEvent } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { collectEvents, collectRuns } from "@langthrift/test-helpers";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { byWord, clientOf, twoModels } from "../__fixtures__/two-models.ts";
import type { Candidate } from "../candidate.ts";
import { createCascade } from "../cascade/cascade-model.ts";
import { createModelRouter } from "../model-router.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => {
  server.reset();
  // Only the date: the breaker reads it, and real HTTP needs real timers.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 1) });
});
afterEach(() => void vi.useRealTimers());

const usage = { inputTokens: 10, outputTokens: 5 };
/** Every second call of a model ends badly. */
function halfOf(model: string, failure: object): void {
  let calls = 0;
  server.reply({ model, answer: () => ((calls += 1) % 2 === 1 ? failure : { text: model, usage }) });
}

function storm(candidates: readonly Candidate[]) {
  const events = collectEvents<SavingsEvent>();
  const runs = collectRuns();
  const router = createModelRouter({ candidates, policy: byWord, onEvent: events.onEvent, logger: false });
  const callbacks = [runs.handler];
  /** One answer for each request, each in the ledger once. */
  const check = (answers: readonly AIMessageChunk[], modelOf: Readonly<Record<string, string>>) => {
    for (const answer of answers) expect(answer.text).toBe(modelOf[routingMark(answer)!.model]);
    expect(new Set(answers.map((answer) => routingMark(answer)!.id)).size).toBe(answers.length);
    expect(runs.ofKind("llm").filter(({ state }) => state === "ended")).toHaveLength(answers.length);
    const own = events.events.filter(({ kind, decisionId, id }) => kind !== "notice" || decisionId !== id);
    expect(own).toHaveLength(answers.length);
    expect(new Set(own.map(({ decisionId }) => decisionId)).size).toBe(answers.length);
    const asked = server.journal.filter(({ request }) => request.model === "gpt-4o-mini").length;
    expect(asked).toBeGreaterThan(0);
    // The circuit opened: fewer calls than requests reached the failing one.
    expect(asked).toBeLessThan(answers.length);
  };
  return { router, callbacks, check };
}

async function rounds(one: (task: string) => Promise<AIMessageChunk>): Promise<AIMessageChunk[]> {
  const answers: AIMessageChunk[] = [];
  for (let round = 0; round < 6; round += 1) {
    answers.push(...(await Promise.all(Array.from({ length: 10 }, (_, index) => one(`easy ${round} ${index}`)))));
    vi.setSystemTime(Date.now() + 2_000);
  }
  return answers;
}

describe("provider storm", () => {
  it("answers every request when half of a candidate's calls time out", async () => {
    const [cheap, strong] = twoModels(server);
    // The client's own limit is what turns a silent provider into an error.
    const impatient = { ...cheap!, model: clientOf(server, "gpt-4o-mini", { timeout: 400 }) };
    halfOf("gpt-4o-mini", { text: "late", delayMs: 60_000 });
    server.reply({ model: "gpt-4o", answer: { text: "gpt-4o", usage } });
    const { router, callbacks, check } = storm([impatient, strong!]);
    check(await rounds((task) => router.invoke(task, { callbacks })), { cheap: "gpt-4o-mini", strong: "gpt-4o" });
  });

  it.each([
    ["429", { status: 429 }],
    ["500", { status: 500 }],
    ["a connection cut before the answer", { cut: "before" }],
  ])("answers every stream whole when half of a candidate's calls end in %s", async (_what, failure) => {
    halfOf("gpt-4o-mini", failure);
    server.reply({ model: "gpt-4o", answer: { text: "gpt-4o", usage } });
    const { router, callbacks, check } = storm(twoModels(server));
    const answers = await rounds(async (task) => {
      let whole: AIMessageChunk | undefined;
      for await (const chunk of await router.stream(task, { callbacks })) whole = whole ? concat(whole, chunk) : chunk;
      return whole!;
    });
    check(answers, { cheap: "gpt-4o-mini", strong: "gpt-4o" });
  });

  it("answers every request of a cascade whose final candidate is a router, with the drafts failing too", async () => {
    const [cheap, strong] = twoModels(server);
    halfOf("gpt-4o-mini", { status: 500 });
    halfOf("gpt-4o", { status: 429 });
    server.reply({ model: "gpt-4.1", answer: { text: "gpt-4.1", usage } });
    const final = createModelRouter({
      candidates: [
        { ...strong!, tier: 0 },
        { name: "spare", model: clientOf(server, "gpt-4.1"), tier: 1 },
      ],
      policy: { name: "fixed", decide: () => ({ kind: "pick", model: "strong", reason: "fixed" }) },
      logger: false,
    });
    const never = { name: "never", score: () => ({ score: 0 }) };
    const runs = collectRuns();
    const cascade = createCascade({
      steps: [{ candidate: cheap!, accept: never, threshold: 0.5 }],
      final: { name: "final", model: final, tier: 1 },
      logger: false,
    });
    const answers = await rounds((task) => cascade.invoke(task, { callbacks: [runs.handler] }));
    for (const answer of answers) expect(["gpt-4o", "gpt-4.1"]).toContain(answer.text);
    // One run for each call that a provider answered: the rejected drafts, and each answer once.
    const answered = server.journal.filter(({ status }) => status === 200);
    expect(runs.ofKind("llm").filter(({ state }) => state === "ended")).toHaveLength(answered.length);
    expect(answered.filter(({ request }) => request.model !== "gpt-4o-mini")).toHaveLength(60);
  });

  it("answers every request from the third when two candidates fail by halves", async () => {
    const [cheap, strong] = twoModels(server);
    const middle: Candidate = {
      name: "middle",
      model: clientOf(server, "gpt-4.1-mini"),
      price: { inputUsdPerMillion: 4, outputUsdPerMillion: 8 },
    };
    halfOf("gpt-4o-mini", { status: 500 });
    halfOf("gpt-4.1-mini", { status: 429 });
    server.reply({ model: "gpt-4o", answer: { text: "gpt-4o", usage } });
    const { router, callbacks, check } = storm([cheap!, middle, strong!]);
    check(await rounds((task) => router.invoke(task, { callbacks })), {
      cheap: "gpt-4o-mini",
      middle: "gpt-4.1-mini",
      strong: "gpt-4o",
    });
  });
});
