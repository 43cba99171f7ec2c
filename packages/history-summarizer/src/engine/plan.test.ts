import type { BaseMessage } from "@langchain/core/messages";
import { nanoUsd } from "@langthrift/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ai, calls, chat, human, result, scriptedSummarizer, system } from "../__fixtures__/histories.ts";
import { resolveCache } from "./cache-prices.ts";
import { approximateMessageTokens } from "./message-tokens.ts";
import { paybackInTokens, writingInTokens } from "./payback.ts";
import { plan } from "./plan.ts";
import type { PlanContext } from "./plan-context.ts";
import { summarize } from "./summarize.ts";

const anthropic = resolveCache({ read: 0.1, write: 1.25 }, null);
const half = resolveCache({ read: 0.5, write: 1 }, null);
const none = resolveCache("none", null);
const main = { input: 1_000_000, output: 5_000_000 };
const cheap = { input: 100_000, output: 500_000 };

describe("paybackInTokens", () => {
  it.each([
    ["no cache, a tenth of the price", none, cheap, 0.1],
    ["no cache, the same model", none, main, 1.4],
    ["read .5, a tenth", half, cheap, 0.6],
    ["read .1, write 1.25, a tenth", anthropic, cheap, 5.2],
    ["read .1, write 1.25, the same model", anthropic, main, 17.8],
  ])("breaks even as the table of the README says: %s", (_, cache, summarizer, calls) => {
    const { oneOff, gain } = paybackInTokens({
      replacedTokens: 8000,
      summaryTokens: 500,
      keptTokens: 2000,
      writing: writingInTokens(main, { readTokens: 8000, summaryTokens: 500, rates: summarizer }),
      cold: false,
      cache,
    });
    expect(Math.abs(oneOff / gain - calls)).toBeLessThan(0.051);
  });

  it("breaks even after 8.2 calls where the same model reads its cached prefix", () => {
    const writing = writingInTokens(main, { readTokens: 0.1 * 8000, summaryTokens: 500, rates: main });
    const { oneOff, gain } = paybackInTokens({
      replacedTokens: 8000,
      summaryTokens: 500,
      keptTokens: 2000,
      writing,
      cold: false,
      cache: anthropic,
    });
    expect(Math.abs(oneOff / gain - 8.2)).toBeLessThan(0.051);
  });

  it("is negative when the cache is cold: what is dropped need not be written again", () => {
    const { oneOff } = paybackInTokens({
      replacedTokens: 8000,
      summaryTokens: 500,
      keptTokens: 2000,
      writing: writingInTokens(main, { readTokens: 8000, summaryTokens: 500, rates: cheap }),
      cold: true,
      cache: anthropic,
    });
    expect(oneOff).toBe(800 + 250 - 1.25 * 7500);
  });
});

const priced: PlanContext = { prices: { main, summarizer: cheap } };

describe("plan", () => {
  it("does nothing below the trigger", () => {
    expect(plan(chat(5), undefined, { trigger: [{ tokens: 1000 }] })).toEqual({ action: "none", reason: "below-trigger" });
  });

  it("needs all fields of a clause, and one of several clauses", () => {
    const messages = chat(30);
    expect(plan(messages, undefined, { trigger: [{ tokens: 1000, messages: 61 }] }).action).toBe("none");
    expect(plan(messages, undefined, { trigger: [{ tokens: 1000, messages: 60 }] }).action).toBe("summarize");
    expect(plan(messages, undefined, { trigger: [{ messages: 61 }, { tokens: 1000 }] }).action).toBe("summarize");
    expect(plan(messages, undefined, { trigger: [{ fraction: 0.5 }] }).action).toBe("none");
    expect(plan(messages, undefined, { trigger: [{ fraction: 0.5 }], contextTokens: 4000 }).action).toBe("summarize");
  });

  it("counts a long system prompt, in the messages or beside them", () => {
    const messages = chat(30, 10);
    expect(plan(messages, undefined, { trigger: [{ tokens: 8000 }] }).action).toBe("none");
    expect(plan(messages, undefined, { trigger: [{ tokens: 8000 }], overheadTokens: 7500, maxSummaryTokens: 50 }).action).toBe("summarize");
    expect(plan([system("x".repeat(30_000)), ...messages], undefined, { trigger: [{ tokens: 8000 }], maxSummaryTokens: 50 }).action).toBe(
      "summarize",
    );
  });

  it("keeps the last messages and cuts at a human turn", () => {
    expect(plan(chat(30), undefined)).toMatchObject({ action: "summarize", from: 0, to: 40 });
    // 59 messages, the last 20 begin with an answer: its question stays too.
    expect(plan(chat(30).slice(0, 59), undefined)).toMatchObject({ to: 38 });
    expect(plan(chat(30), undefined, { keep: { tokens: 1000 } })).toMatchObject({ action: "summarize" });
  });

  it("splits no tool group, at any distance", () => {
    const far: BaseMessage[] = [
      ...chat(20),
      human("go"),
      calls("a", "b", "c", "d", "e", "f", "g", "h"),
      ...["a", "b", "c", "d", "e", "f", "g"].map((id) => result(id)),
      human("and?"),
      result("h"),
      ai("done"),
      ...chat(5),
    ];
    for (let keep = 1; keep < 24; keep += 1) {
      const decision = plan(far, undefined, { keep: { messages: keep } });
      if (decision.action !== "summarize") continue;
      // Never between the call at 41 and its last result at 50.
      expect(decision.to <= 41 || decision.to > 50, `keep ${keep} cuts at ${decision.to}`).toBe(true);
    }
  });

  it("leaves an unresolved call and what follows", () => {
    const open = [...chat(20), human("go"), calls("a"), ...chat(20)];
    expect(plan(open, undefined)).toMatchObject({ action: "summarize", to: 40 });
  });

  it("cuts between groups where one instruction started a long run of tools", () => {
    const run: BaseMessage[] = [human("Find all of them.")];
    for (let step = 0; step < 40; step += 1) run.push(calls(`c${step}`), result(`c${step}`, "x".repeat(400)));
    const decision = plan(run, undefined);
    expect(decision).toMatchObject({ action: "summarize", to: 61 });
  });

  it("summarises at once when there is no prompt cache, waits while a warm one makes it dear, and not when it is cold", () => {
    const messages = chat(17, 60);
    expect(plan(messages, undefined, { ...priced, cache: none }).action).toBe("summarize");
    expect(plan(messages, undefined, { ...priced, cache: anthropic })).toMatchObject({ action: "none", reason: "not-paid-back" });
    expect(plan(messages, undefined, { ...priced, cache: anthropic, cold: true }).action).toBe("summarize");
    expect(plan(chat(60, 60), undefined, { ...priced, cache: anthropic }).action).toBe("summarize");
  });

  it("takes a prompt under the provider's minimum as uncached", () => {
    const small: PlanContext = { ...priced, trigger: [{ tokens: 100 }], maxSummaryTokens: 40, keep: { messages: 4 } };
    const messages = chat(9, 9);
    expect(plan(messages, undefined, { ...small, cache: anthropic }).action).toBe("summarize");
    expect(plan(messages, undefined, { ...small, cache: { ...anthropic, minimumTokens: 10 } }).action).toBe("none");
  });

  it("lets only the trigger decide when a price is unknown", () => {
    const decision = plan(chat(17, 60), undefined, { prices: { main: null, summarizer: cheap }, cache: anthropic });
    expect(decision).toMatchObject({
      action: "summarize",
      estimate: { oneOffNanoUsd: null, gainPerCallNanoUsd: null, breakEvenCalls: null },
    });
  });

  it("uses a forecast when it is given one", () => {
    const messages = chat(17, 60);
    const context: PlanContext = { ...priced, cache: anthropic };
    expect(plan(messages, undefined, { ...context, rule: { kind: "forecast", furtherCalls: 0 } }).action).toBe("none");
    expect(plan(messages, undefined, { ...context, rule: { kind: "forecast", furtherCalls: 500 } }).action).toBe("summarize");
  });

  it("refuses a switch over the allowed overrun", () => {
    const context: PlanContext = { prices: { main, summarizer: main }, cache: anthropic };
    const messages = chat(60, 60);
    expect(plan(messages, undefined, context).action).toBe("summarize");
    expect(plan(messages, undefined, { ...context, maxOverrun: 0.01 })).toMatchObject({ action: "none", reason: "overrun" });
  });

  it("counts what earlier summaries cost towards the overrun, less what they have brought since", async () => {
    const messages = chat(120, 60);
    const written = await summarize(
      { messages: messages.slice(0, 60), from: 0, to: 40 },
      scriptedSummarizer(() => "short"),
    );
    const context: PlanContext = { prices: { main, summarizer: main }, cache: anthropic, maxOverrun: 0.2 };
    const decide = (overrunNanoUsd: number, writtenAt: number) =>
      plan(messages, { ...written, overrunNanoUsd: nanoUsd(overrunNanoUsd), writtenAt }, context);
    const free = decide(0, messages.length);
    expect(free.action).toBe("summarize");
    // A summary that cost a dollar and has not been used yet.
    expect(decide(1_000_000_000, messages.length)).toMatchObject({ action: "none", reason: "overrun" });
    const oneOff = free.estimate?.overrunNanoUsd ?? 0;
    const used = decide(0, messages.length - 20).estimate?.overrunNanoUsd ?? 0;
    const saved = 0.1 * (messages.slice(0, 40).reduce((sum, message) => sum + approximateMessageTokens(message), 0) - written.tokens);
    // Ten calls had it, at a nano-dollar a token; the frame around a summary takes a little of it.
    expect(oneOff - used).toBeGreaterThan(10 * (saved - 10));
    expect(oneOff - used).toBeLessThanOrEqual(10 * saved);
  });

  it("reckons with the calls whose view the provider would not cache", () => {
    const messages = chat(60, 20);
    const context: PlanContext = { ...priced, keep: { messages: 4 }, maxSummaryTokens: 100 };
    const small = plan(messages, undefined, { ...context, cache: anthropic }).estimate?.oneOffNanoUsd ?? 0;
    const large = plan(messages, undefined, { ...context, cache: { ...anthropic, minimumTokens: 1 } }).estimate?.oneOffNanoUsd ?? 0;
    expect(small).toBeGreaterThan(large);
  });

  it("takes the main model's cached prefix where that is cheaper than the summariser, and only while it is warm", () => {
    const messages = chat(60, 60);
    const context: PlanContext = { cache: anthropic, reusePrefix: true, rule: { kind: "forecast", furtherCalls: 1000 } };
    const same = { prices: { main, summarizer: main } };
    expect(plan(messages, undefined, { ...context, ...same })).toMatchObject({ action: "summarize", reusePrefix: true });
    expect(plan(messages, undefined, { ...context, ...same, cold: true })).toMatchObject({ action: "summarize", reusePrefix: false });
    expect(plan(messages, undefined, { ...context, ...same, cache: none })).toMatchObject({ action: "summarize", reusePrefix: false });
    const cheaper = { prices: { main, summarizer: { input: 10_000, output: 50_000 } } };
    expect(plan(messages, undefined, { ...context, ...cheaper })).toMatchObject({ action: "summarize", reusePrefix: false });
    expect(plan(messages, undefined, { ...context, ...same, reusePrefix: false })).toMatchObject({ reusePrefix: false });
  });

  it("does not loop when more is kept than triggers", async () => {
    const summarizer = scriptedSummarizer(() => "short");
    let summary: Awaited<ReturnType<typeof summarize>> | undefined;
    const all = chat(60);
    for (let end = 1; end <= all.length; end += 1) {
      const messages = all.slice(0, end);
      const decision = plan(messages, summary, { trigger: [{ tokens: 500 }], keep: { messages: 20 } });
      if (decision.action === "summarize")
        summary = await summarize({ messages, from: decision.from, to: decision.to, previous: summary }, summarizer);
    }
    expect(summarizer.requests.length).toBeGreaterThan(2);
    expect(summarizer.requests.length).toBeLessThan(8);
  });

  it("never plans to cover what must stay", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 30 }), fc.boolean(), (turns, keep, odd) => {
        const messages = odd ? chat(turns).slice(0, -1) : chat(turns);
        const decision = plan(messages, undefined, { keep: { messages: keep }, minGain: 2, maxSummaryTokens: 20 });
        if (decision.action === "none") return;
        expect(decision.to).toBeLessThanOrEqual(Math.max(0, messages.length - keep));
        expect(decision.to).toBeLessThan(messages.length);
        expect(messages[decision.to]?.getType()).toBe("human");
      }),
    );
  });
});
