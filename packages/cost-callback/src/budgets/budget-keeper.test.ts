import { BudgetExceededError, createPriceBook, InvalidOptionError, nanoUsd, UnknownPriceError, usd } from "@langthrift/core";
import { fakeClock, sequentialIds } from "@langthrift/test-helpers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BudgetAlert } from "./budget-alert.ts";
import { BudgetKeeper, type BudgetKeeperOptions } from "./budget-keeper.ts";
import type { BudgetOptions } from "./budget-options.ts";
import type { BudgetStore } from "./budget-store.ts";
import { memoryBudgetStore } from "./memory-budget-store.ts";

const prices = createPriceBook({
  // A micro-dollar a token in, two out.
  overrides: [{ model: "m", inputUsdPerMillion: 1, outputUsdPerMillion: 2 }],
  logger: false,
});
const window = { key: "total", start: 0, end: null, stepMs: 0 };
const total = (fields: Partial<BudgetOptions> = {}): BudgetOptions => ({ id: "b", limitUsd: 0.01, window: { kind: "total" }, ...fields });
const request = (fields: object = {}) => ({ model: "m", chain: [], tags: [], inputTokens: 100, maxOutputTokens: 200, ...fields });

function keeper(budgets: readonly BudgetOptions[], options: Partial<BudgetKeeperOptions> = {}) {
  const clock = fakeClock();
  const store = memoryBudgetStore({ clock });
  return { clock, store, keeper: new BudgetKeeper({ budgets, store, prices, clock, newId: sequentialIds(), logger: false, ...options }) };
}

describe("BudgetKeeper", () => {
  it("lets a thousand calls race for what is there for twenty, and grants twenty", async () => {
    const { keeper: it, store } = keeper([total({ reserveOutput: "max" })]);
    const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, () => it.admit(request())));
    const granted = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    // 100 in + 200 out = 500 micro-dollars; 10,000 are there.
    expect(granted).toHaveLength(20);
    await Promise.all(granted.map((ticket) => ticket.settle(usd(0.0005))));
    expect(await store.read({ budgetId: "b", window })).toMatchObject({ spentNanoUsd: usd(0.01), heldNanoUsd: 0 });
  });

  it("never passes the limit with `max`, whatever calls cost below it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ input: fc.nat(2_000), output: fc.nat(300), late: fc.boolean() }), { maxLength: 40 }),
        async (calls) => {
          const { keeper: it, store } = keeper([total({ reserveOutput: "max" })]);
          const open: (() => Promise<void>)[] = [];
          for (const { input, output, late } of calls) {
            const ticket = await it.admit(request({ inputTokens: input, maxOutputTokens: 300 })).catch(() => undefined);
            const settle = (): Promise<void> | undefined => ticket?.settle(nanoUsd(input * 1_000 + output * 2_000));
            if (ticket && late) open.push(async () => settle());
            else await settle();
          }
          for (const settle of open) await settle();
          const { spentNanoUsd, heldNanoUsd } = await store.read({ budgetId: "b", window });
          expect(spentNanoUsd).toBeLessThanOrEqual(usd(0.01));
          expect(heldNanoUsd).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("reserves what answers of the model and feature have been like", async () => {
    const { keeper: it, store } = keeper([total()]);
    for (let call = 0; call < 20; call += 1)
      await (await it.admit(request({ maxOutputTokens: undefined, inputTokens: 0 }))).settle(nanoUsd(0), 10);
    await it.admit(request({ maxOutputTokens: undefined, inputTokens: 0 }));
    expect(await store.read({ budgetId: "b", window })).toMatchObject({ heldNanoUsd: 20_000 });
  });

  it("holds several budgets at once, and gives back what an earlier one held", async () => {
    const { keeper: it, store } = keeper([total(), total({ id: "small", limitUsd: 0.0001 })]);
    await expect(it.admit(request())).rejects.toThrow(BudgetExceededError);
    expect(await store.read({ budgetId: "b", window })).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
  });

  it("limits single calls without a store", async () => {
    const { keeper: it } = keeper([total({ window: { kind: "call" }, limitUsd: 0.0005 })]);
    await expect(it.admit(request())).resolves.toBeDefined();
    await expect(it.admit(request({ inputTokens: 101 }))).rejects.toThrow(BudgetExceededError);
  });

  it("takes the next window where the store's clock is in it", async () => {
    const clock = fakeClock(Date.parse("2026-01-31T23:59:59Z"));
    const storeClock = fakeClock(Date.parse("2026-02-01T00:00:01Z"));
    const store = memoryBudgetStore({ clock: storeClock });
    const { keeper: it } = keeper([total({ window: { kind: "calendar", unit: "month" } })], { clock, store });
    await (await it.admit(request())).settle(usd(0.0001));
    const february = { key: `month:${Date.parse("2026-02-01")}`, start: 0, end: null, stepMs: 0 };
    expect(await store.read({ budgetId: "b", window: february })).toMatchObject({ spentNanoUsd: usd(0.0001) });
  });

  it("counts an unknown model at the dearest rates, refuses it, or lets it pass, and lets a free one pass", async () => {
    const unknown = request({ model: "never-heard-of" });
    await expect(keeper([total({ limitUsd: 0.0001 })]).keeper.admit(unknown)).rejects.toThrow(BudgetExceededError);
    await expect(keeper([total({ onUnknownPrice: "refuse" })]).keeper.admit(unknown)).rejects.toThrow(UnknownPriceError);
    await expect(keeper([total({ limitUsd: 0, onUnknownPrice: "allow" })]).keeper.admit(unknown)).resolves.toBeDefined();
    const free = createPriceBook({ overrides: [{ model: "local", inputUsdPerMillion: 0, outputUsdPerMillion: 0 }] });
    await expect(keeper([total({ limitUsd: 0 })], { prices: free }).keeper.admit(request({ model: "local" }))).resolves.toBeDefined();
  });

  it("charges the reservation when the cost stays unknown", async () => {
    const { keeper: it, store } = keeper([total()]);
    await (await it.admit(request())).settle(null);
    expect(await store.read({ budgetId: "b", window })).toMatchObject({ spentNanoUsd: 500_000, heldNanoUsd: 0 });
  });

  it("keeps a long stream alive and charges what was seen of it when its process dies", async () => {
    const { keeper: it, store, clock } = keeper([total({ leaseMs: 5_000 })]);
    const ticket = await it.admit(request());
    clock.advance(3_000);
    ticket.progress(50);
    await new Promise(setImmediate);
    clock.advance(3_000);
    ticket.progress(80);
    await new Promise(setImmediate);
    clock.advance(6_000);
    // 100 in, 80 seen.
    expect(await store.read({ budgetId: "b", window })).toMatchObject({ spentNanoUsd: 260_000, heldNanoUsd: 0 });
  });

  it("alerts once at each fraction and at the first refusal; a soft budget refuses nothing", async () => {
    const alerts: BudgetAlert[] = [];
    const { keeper: it } = keeper([total({ softFractions: [0.5, 0.8] })], { onAlert: (alert) => void alerts.push(alert) });
    for (let call = 0; call < 30; call += 1)
      await it.admit(request()).then(
        (ticket) => ticket.settle(usd(0.0005)),
        () => undefined,
      );
    expect(alerts.map(({ kind, fraction }) => [kind, fraction])).toEqual([
      ["fraction", 0.5],
      ["fraction", 0.8],
      ["refused", 1],
    ]);
    alerts.length = 0;
    const soft = keeper([total({ hard: false, softFractions: [1] })], { onAlert: (alert) => void alerts.push(alert) }).keeper;
    for (let call = 0; call < 30; call += 1) await (await soft.admit(request())).settle(usd(0.0005));
    expect(alerts).toMatchObject([{ kind: "fraction", fraction: 1 }]);
  });

  it("passes over a budget whose `id` function throws, and holds the others", async () => {
    const id = (): string => {
      throw new Error("a bug in the application");
    };
    const { keeper: it, store } = keeper([total({ id }), total({ limitUsd: 0.0005 })]);
    await it.admit(request());
    expect(it.failures.counts["budget-id"]).toBe(1);
    expect(await store.read({ budgetId: "b", window })).toMatchObject({ heldNanoUsd: 500_000 });
    await expect(it.admit(request())).rejects.toThrow(BudgetExceededError);
  });

  it("survives an alert that fails", async () => {
    const { keeper: it } = keeper([total({ softFractions: [0.01] })], { onAlert: () => Promise.reject(new Error("no")) });
    await (await it.admit(request())).settle(usd(0.0005));
    await Promise.resolve();
    await Promise.resolve();
    expect(it.failures.counts["alert"]).toBe(1);
  });

  it("stops asking a store that keeps failing, and asks again later", async () => {
    let asked = 0;
    const down = (): Promise<never> => {
      asked += 1;
      return Promise.reject(new Error("down"));
    };
    const store: BudgetStore = { reserve: down, touch: down, settle: down, read: down };
    const { keeper: it } = keeper([total()], { store });
    for (let call = 0; call < 50; call += 1) await it.admit(request());
    expect(asked).toBe(5);
  });

  it.each([
    { limitUsd: -1 },
    { limitUsd: 9_000_001 },
    { limitUsd: Number.NaN },
    { id: "" },
    { softFractions: [0] },
    { leaseMs: 1 },
    { reserveOutput: -1 },
    { window: { kind: "rolling" as const, ms: 1 } },
  ])("rejects %o at construction", (fields) => {
    expect(() => keeper([total(fields)])).toThrow(InvalidOptionError);
  });
});
