import { type JsonValue, nanoUsd, routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { fakeClock, seededRandom } from "@langthrift/test-helpers";
import { HumanMessage } from "@langchain/core/messages";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { twoModels } from "../__fixtures__/two-models.ts";
import { memoryRouterStore } from "../memory-router-store.ts";
import { createModelRouter } from "../model-router.ts";
import { createRouteContext } from "../route-context.ts";
import type { CandidateView, PolicyResult, RoutingPolicy } from "../routing-policy.ts";
import { banditPolicy, type BanditPolicyOptions } from "./bandit-policy.ts";
import { compose } from "./compose.ts";
import { rulePolicy } from "./rule-policy.ts";
import { sampleBeta } from "./sample-beta.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

const names = ["cheap", "strong"];
/** The cheap one costs $0.001 a request, the strong one $0.01. */
const views = names.map((name, tier): CandidateView => ({ name, tier, capabilities: {}, priceOf: () => nanoUsd(10 ** (6 + tier)) }));
const contextOf = (task = "x", config = {}) => createRouteContext({ messages: [new HumanMessage(task)], config });
const bandit = (options: Partial<BanditPolicyOptions> = {}) => banditPolicy({ models: names, random: seededRandom(1), ...options });

async function pick(policy: RoutingPolicy, context = contextOf()): Promise<Extract<PolicyResult, { kind: "pick" }>> {
  const result = await policy.decide(context, views);
  if (result.kind !== "pick") throw new Error(result.reason);
  return result;
}

let decisions = 0;
/** One decision, served as picked, and its reward. */
async function step(policy: RoutingPolicy, rewardOf: (model: string) => number, context = contextOf()): Promise<string> {
  const { model } = await pick(policy, context);
  await reward(policy, model, rewardOf(model), context);
  return model;
}

async function reward(policy: RoutingPolicy, model: string, value: number, context = contextOf()): Promise<void> {
  const id = `decision-${(decisions += 1)}`;
  await policy.onDecision!(id, context, model);
  await policy.recordFeedback!(id, value);
}

describe("banditPolicy", () => {
  it("learns which candidate is better, and then picks it", async () => {
    const random = seededRandom(5);
    const policy = bandit({ margin: 1 });
    const served: string[] = [];
    for (let turn = 0; turn < 600; turn += 1) {
      served.push(await step(policy, (model) => (random() < (model === "strong" ? 0.9 : 0.4) ? 1 : 0)));
    }
    const strong = served.slice(-200).filter((model) => model === "strong").length;
    expect(strong).toBeGreaterThan(180);
  });

  it("takes the cheap one where it is good enough for its price, and the strong one where it is not", async () => {
    for (const [cheapQuality, expected] of [
      [0.88, "cheap"],
      [0.5, "strong"],
    ] as const) {
      const random = seededRandom(9);
      // $0.009 more are worth 0.09 of quality.
      const policy = bandit({ margin: 1, lambda: 10 });
      const served: string[] = [];
      for (let turn = 0; turn < 800; turn += 1) {
        served.push(await step(policy, (model) => (random() < (model === "strong" ? 0.9 : cheapQuality) ? 1 : 0)));
      }
      expect(served.slice(-200).filter((model) => model === expected).length).toBeGreaterThan(150);
    }
  });

  it("is repeatable with a seeded random", async () => {
    const run = async () => {
      const policy = bandit({ margin: 1, random: seededRandom(42) });
      const served: string[] = [];
      for (let turn = 0; turn < 50; turn += 1) served.push(await step(policy, (model) => (model === "cheap" ? 0.6 : 0.7)));
      return served;
    };
    expect(await run()).toEqual(await run());
  });

  it("never explores below the quality floor, whatever was rewarded", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...names), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        async (rewarded, qualityFloor, seed) => {
          const policy = bandit({ margin: 1, qualityFloor, random: seededRandom(seed) });
          for (const [model, value] of rewarded) await reward(policy, model, value);
          for (let turn = 0; turn < 5; turn += 1) {
            const { model, quality } = await pick(policy);
            const best = Math.max(...Object.values(quality!));
            // Rounded to thousandths in the decision.
            if (quality![model]! < qualityFloor - 0.001) expect(quality![model]).toBe(best);
          }
        },
      ),
      { seed: 11, numRuns: 40 },
    );
  });

  it("with none at the floor, takes the best without exploring and says so", async () => {
    const policy = bandit({ prior: { cheap: 0.5, strong: 0.6 }, qualityFloor: 0.8, margin: 1 });
    for (let turn = 0; turn < 30; turn += 1) {
      expect(await pick(policy)).toMatchObject({ model: "strong", reason: "none reaches the quality floor: the best", threshold: 0.8 });
    }
  });

  it("explores within the margin of the best only", async () => {
    const served = async (margin: number) => {
      const policy = bandit({ prior: { cheap: 0.8, strong: 0.9 }, margin });
      const models = new Set<string>();
      for (let turn = 0; turn < 200; turn += 1) models.add((await pick(policy)).model);
      return [...models].sort();
    };
    expect(await served(0.05)).toEqual(["strong"]);
    expect(await served(0.2)).toEqual(["cheap", "strong"]);
  });

  it("explains what it believes, on how many rewards, and among whom it drew", async () => {
    const policy = bandit({ margin: 1 });
    await reward(policy, "cheap", 1);
    expect(await pick(policy)).toMatchObject({
      reason: "drawn",
      // (0.5 × 20 + 1) / 21
      quality: { cheap: 0.524, strong: 0.5 },
      signals: { among: ["cheap", "strong"], rewarded: { cheap: 1, strong: 0 } },
    });
  });

  it("counts feedback once, also where two processes get it, and none for a decision that it does not know", async () => {
    const store = memoryRouterStore();
    const [one, two] = [bandit({ store }), bandit({ store })];
    await one.onDecision!("d", contextOf(), "cheap");
    await Promise.all([one.recordFeedback!("d", 1), two.recordFeedback!("d", 1), one.recordFeedback!("unknown", 1)]);
    await one.recordFeedback!("d", 1);
    const fresh = bandit({ store });
    expect((await pick(fresh)).signals).toMatchObject({ rewarded: { cheap: 1, strong: 0 } });
  });

  it("keeps what it learnt in the store: another process begins with it", async () => {
    const store = memoryRouterStore();
    for (let turn = 0; turn < 40; turn += 1) await reward(bandit({ store }), "cheap", 0.25);
    expect((await pick(bandit({ store, margin: 1 }))).quality).toMatchObject({
      cheap: Math.round(((10 + 10) / 60) * 1000) / 1000,
      strong: 0.5,
    });
  });

  it("keeps kinds of requests apart, and tenants unless told otherwise", async () => {
    const kinds = bandit({ contextOf: ({ task }) => task });
    await reward(kinds, "cheap", 1, contextOf("a"));
    expect((await pick(kinds, contextOf("b"))).quality).toEqual({ cheap: 0.5, strong: 0.5 });
    const acme = contextOf("x", { configurable: { tenant: "acme" } });
    const globex = contextOf("x", { configurable: { tenant: "globex" } });
    const apart = bandit();
    await reward(apart, "cheap", 1, acme);
    expect((await pick(apart, globex)).quality).toEqual({ cheap: 0.5, strong: 0.5 });
    const together = bandit({ acrossTenants: true });
    await reward(together, "cheap", 1, acme);
    expect((await pick(together, globex)).quality).toMatchObject({ cheap: 0.524 });
  });

  it("forgets by age: half after a half-life, all after four", async () => {
    const clock = fakeClock();
    const week = 604_800_000;
    const policy = bandit({ clock });
    for (let turn = 0; turn < 10; turn += 1) await reward(policy, "cheap", 1);
    const rewarded = async () => ((await pick(policy)).signals as { rewarded: { cheap: number } }).rewarded.cheap;
    expect(await rewarded()).toBe(10);
    clock.advance(week);
    expect(await rewarded()).toBe(5);
    clock.advance(3 * week);
    expect(await rewarded()).toBe(0);
  });

  it("takes a prior by request, such as a trained router's predictions", async () => {
    const policy = bandit({ prior: (task) => (task === "hard" ? { cheap: 0.1, strong: 0.9 } : { cheap: 0.9, strong: 0.9 }) });
    expect((await pick(policy, contextOf("hard"))).model).toBe("strong");
    expect((await pick(policy, contextOf("easy"))).quality).toEqual({ cheap: 0.9, strong: 0.9 });
  });

  it.each([
    ["fails", () => Promise.reject(new Error("down"))],
    ["hangs", () => new Promise<never>(() => undefined)],
  ])("decides by what it knows when the store %s, and says so", async (_what, broken) => {
    const store = { get: broken as () => Promise<JsonValue>, set: broken, delete: broken, add: broken as () => Promise<number> };
    const policy = bandit({ store, prior: { cheap: 0.2, strong: 0.9 } });
    expect(await pick(policy)).toMatchObject({ model: "strong", signals: { storeUnavailable: true } });
  });

  it("credits the candidate that really answered, and works in a compose", async () => {
    server.reply({ model: "gpt-4o-mini", answer: { status: 500 } });
    const policy = compose(rulePolicy([{ use: "cheap", text: "rule" }]), bandit({ prior: { cheap: 0.9, strong: 0.2 } }));
    const router = createModelRouter({ candidates: twoModels(server), policy, logger: false });
    const answer = await router.invoke("x");
    const mark = routingMark(answer)!;
    expect(mark).toMatchObject({ model: "strong", fallbackFrom: ["cheap"] });
    await router.recordFeedback(mark.id, 1);
    await expect(router.recordFeedback(mark.id, 2)).rejects.toThrow("reward");
    const next = await router.explain("x");
    expect(next.signals).toMatchObject({ rewarded: { cheap: 0, strong: 1 } });
    expect(next.reason).toContain("bandit: ");
  });

  it("abstains where none of its models can serve the request", async () => {
    expect(await bandit({ models: ["a", "b"] }).decide(contextOf(), views)).toMatchObject({ kind: "abstain" });
  });

  it.each([
    [{ models: ["cheap"] }, "models"],
    [{ models: ["cheap", "cheap"] }, "models"],
    [{ qualityFloor: 1.5 }, "qualityFloor"],
    [{ margin: -1 }, "margin"],
    [{ lambda: Number.NaN }, "lambda"],
    [{ priorWeight: 0 }, "priorWeight"],
    [{ halfLifeMs: 0 }, "halfLifeMs"],
    [{ prior: { nobody: 0.5 } }, "nobody"],
    [{ prior: { cheap: 5 } }, "prior"],
  ] as [Partial<BanditPolicyOptions>, string][])("refuses %o", (options, message) => {
    expect(() => bandit(options)).toThrow(message);
  });
});

describe("sampleBeta", () => {
  it("has the mean and the variance of the Beta distribution, and stays within 0 and 1", () => {
    const random = seededRandom(3);
    for (const [a, b] of [
      [0.3, 0.7],
      [1, 1],
      [2, 5],
      [80, 20],
    ] as const) {
      const draws = Array.from({ length: 20_000 }, () => sampleBeta(a, b, random));
      const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
      const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
      expect(mean).toBeCloseTo(a / (a + b), 1.7);
      expect(variance / ((a * b) / ((a + b) ** 2 * (a + b + 1)))).toBeCloseTo(1, 0.9);
      expect(Math.min(...draws.slice(0, 5000))).toBeGreaterThanOrEqual(0);
      expect(Math.max(...draws.slice(0, 5000))).toBeLessThanOrEqual(1);
    }
  });
});
