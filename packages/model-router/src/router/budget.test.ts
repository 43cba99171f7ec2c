import { BudgetExceededError, nanoUsd, routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { fakeClock } from "@langthrift/test-helpers";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { byWord, clientOf, twoModels } from "../__fixtures__/two-models.ts";
import { createModelRouter, type ModelRouter } from "../model-router.ts";
import type { ModelRouterOptions } from "../model-router-options.ts";
import type { BudgetOptions } from "./budget.ts";

const server = await startModelServer();
afterAll(() => server.close());
beforeEach(() => server.reset());

const HOUR = 3_600_000;
const router = (budget: Partial<BudgetOptions>, options: Partial<ModelRouterOptions> = {}): ModelRouter =>
  createModelRouter({
    candidates: twoModels(server),
    policy: byWord,
    logger: false,
    budget: { limitUsd: 1, windowMs: HOUR, onExceeded: "cheapest", ...budget },
    ...options,
  });
const usage = (inputTokens: number, outputTokens = 0) => ({ text: "x", usage: { inputTokens, outputTokens } });

describe("budget filter", () => {
  it("leaves out what costs more than is left, and says so", async () => {
    // A short request with 256 tokens of output: about 0.5 m$ at the cheap one, 5 m$ at the strong one.
    const decision = await router({ limitUsd: 0.002 }).explain("hard");
    expect(decision.model).toBe("cheap");
    expect(decision.considered?.find(({ model }) => model === "strong")).toMatchObject({ excluded: "over-budget" });
    expect((await router({ limitUsd: 0.1 }).explain("hard")).model).toBe("strong");
  });

  it("counts what its own answers cost, and starts anew in the next window", async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 1));
    const model = router({ limitUsd: 0.02 }, { clock });
    server.script([usage(1800)]);
    expect(routingMark(await model.invoke("hard"))?.model).toBe("strong");
    // 18 of 20 m$ are spent: the strong one does not fit any more.
    expect(routingMark(await model.invoke("hard"))?.model).toBe("cheap");
    clock.advance(HOUR);
    expect(routingMark(await model.invoke("hard"))?.model).toBe("strong");
  });

  it("with nothing left, answers from the cheapest or throws, as told", async () => {
    const remaining = async () => nanoUsd(0);
    expect(routingMark(await router({ remaining }).invoke("hard"))?.model).toBe("cheap");
    await expect(router({ remaining, onExceeded: "error" }).invoke("hard")).rejects.toSatisfy((error) =>
      BudgetExceededError.isInstance(error),
    );
    expect(server.journal).toHaveLength(1);
  });

  it("leaves nobody out when the other ledger does not know, fails or is slow", async () => {
    for (const remaining of [
      async () => null,
      async () => {
        throw new Error("ledger down");
      },
      () => new Promise<never>(() => undefined),
    ]) {
      expect(routingMark(await router({ remaining }, { decideTimeoutMs: 30 }).invoke("hard"))?.model).toBe("strong");
    }
  });

  it("leaves out a candidate without a price", async () => {
    const candidates = [
      { name: "unpriced", model: clientOf(server, "house-model"), tier: 0 },
      ...twoModels(server).map((candidate, at) => ({ ...candidate, tier: at + 1 })),
    ];
    const decision = await router({}, { candidates }).explain("hard");
    expect(decision.considered?.find(({ model }) => model === "unpriced")).toMatchObject({ excluded: "price-unknown", nanoUsd: null });
  });

  it("refuses limits and windows that cannot work", () => {
    expect(() => router({ limitUsd: -1 })).toThrow("limitUsd");
    expect(() => router({ limitUsd: Number.NaN })).toThrow("limitUsd");
    expect(() => router({ windowMs: 0 })).toThrow("windowMs");
  });
});
