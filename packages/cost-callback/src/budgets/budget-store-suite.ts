import type { NanoUsd } from "@langthrift/core";
import type { BudgetStore, Reservation } from "./budget-store.ts";
import type { WindowSpan } from "./budget-window.ts";

/** Options of {@link budgetStoreSuite}. */
export interface BudgetStoreSuiteOptions {
  /** The runner's `test`. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  // Structural, so that the suite needs no test runner of its own.
  /** The runner's `expect`. */
  readonly expect: (value: unknown) => {
    toBe(expected: unknown): void;
    toMatchObject(expected: object): void;
    toBeLessThanOrEqual(limit: number): void;
  };
  /** A store, and a way to let its clock go on. A store without a turnable clock waits. */
  readonly create: () => Promise<{
    readonly store: BudgetStore;
    readonly now: () => number;
    readonly advance: (ms: number) => Promise<void>;
  }>;
}

let counter = 0;

/** What every `BudgetStore` must do. Run it in your adapter's tests: `budgetStoreSuite({ test, expect, create })`. */
export function budgetStoreSuite({ test, expect, create }: BudgetStoreSuiteOptions): void {
  const total: WindowSpan = { key: "total", start: 0, end: null, stepMs: 0 };
  const unique = (): string => `suite-${Date.now()}-${(counter += 1)}`;
  const reservation = (fields: Partial<Reservation> = {}): Reservation => ({
    budgetId: "b",
    window: total,
    leaseId: "lease",
    amountNanoUsd: 1_000 as NanoUsd,
    floorNanoUsd: 300 as NanoUsd,
    limitNanoUsd: 10_000 as NanoUsd,
    leaseMs: 60_000,
    ...fields,
  });

  test("reserves up to the limit, and no further", async () => {
    const { store } = await create();
    const budgetId = unique();
    for (let call = 0; call < 10; call += 1) {
      expect((await store.reserve(reservation({ budgetId, leaseId: `l${call}` }))).status).toBe("granted");
    }
    expect(await store.reserve(reservation({ budgetId, leaseId: "over" }))).toMatchObject({
      status: "refused",
      spentNanoUsd: 0,
      heldNanoUsd: 10_000,
    });
  });

  test("settles once, at the true cost", async () => {
    const { store } = await create();
    const lease = reservation({ budgetId: unique() });
    await store.reserve(lease);
    expect(await store.settle(lease, 450 as NanoUsd)).toMatchObject({ spentBeforeNanoUsd: 0, spentNanoUsd: 450, heldNanoUsd: 0 });
    expect(await store.settle(lease, 450 as NanoUsd)).toMatchObject({ spentNanoUsd: 450, heldNanoUsd: 0 });
  });

  test("takes a repeated reservation for the same one, also after its end", async () => {
    const { store } = await create();
    const lease = reservation({ budgetId: unique() });
    await store.reserve(lease);
    expect(await store.reserve(lease)).toMatchObject({ status: "granted", heldNanoUsd: 1_000 });
    await store.settle(lease, 1 as NanoUsd);
    expect(await store.reserve(lease)).toMatchObject({ status: "granted", heldNanoUsd: 0, spentNanoUsd: 1 });
  });

  test("settles an unknown cost at what was reserved", async () => {
    const { store } = await create();
    const lease = reservation({ budgetId: unique() });
    await store.reserve(lease);
    expect(await store.settle(lease, null)).toMatchObject({ spentNanoUsd: 1_000, heldNanoUsd: 0 });
  });

  test("charges a lease that ran out its floor, and corrects that when it settles late", async () => {
    const { store, advance } = await create();
    const lease = reservation({ budgetId: unique(), leaseMs: 200 });
    await store.reserve(lease);
    await advance(250);
    expect(await store.read(lease)).toMatchObject({ spentNanoUsd: 300, heldNanoUsd: 0 });
    expect(await store.settle(lease, 450 as NanoUsd)).toMatchObject({ spentNanoUsd: 450, heldNanoUsd: 0 });
    expect(await store.settle(lease, 450 as NanoUsd)).toMatchObject({ spentNanoUsd: 450, heldNanoUsd: 0 });
  });

  test("keeps a lease alive and raises its floor at a sign of life", async () => {
    const { store, advance } = await create();
    const lease = reservation({ budgetId: unique(), leaseMs: 400 });
    await store.reserve(lease);
    await advance(250);
    await store.touch(lease, 700 as NanoUsd, 400);
    await advance(250);
    expect(await store.read(lease)).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 1_000 });
    await advance(250);
    expect(await store.read(lease)).toMatchObject({ spentNanoUsd: 700, heldNanoUsd: 0 });
  });

  test("holds more when more was seen than was reserved", async () => {
    const { store } = await create();
    const lease = reservation({ budgetId: unique() });
    await store.reserve(lease);
    await store.touch(lease, 1_700 as NanoUsd, 60_000);
    expect(await store.read(lease)).toMatchObject({ heldNanoUsd: 1_700 });
    expect(await store.settle(lease, 1_650 as NanoUsd)).toMatchObject({ spentNanoUsd: 1_650, heldNanoUsd: 0 });
  });

  test("charges a call that was never reserved", async () => {
    const { store } = await create();
    const lease = reservation({ budgetId: unique() });
    expect(await store.settle(lease, 77 as NanoUsd)).toMatchObject({ spentNanoUsd: 77, heldNanoUsd: 0 });
    expect(await store.settle(lease, 77 as NanoUsd)).toMatchObject({ spentNanoUsd: 77 });
    expect(await store.reserve(lease)).toMatchObject({ status: "granted", heldNanoUsd: 0 });
  });

  test("calls a window that is over stale", async () => {
    const { store, now } = await create();
    const end = now() - 10_000;
    const window: WindowSpan = { key: "past", start: end - 1_000, end, stepMs: 0 };
    expect((await store.reserve(reservation({ budgetId: unique(), window }))).status).toBe("stale");
  });

  test("forgets spending that has left a rolling window", async () => {
    const { store, advance } = await create();
    const window: WindowSpan = { key: "rolling", start: 0, end: null, stepMs: 5 };
    const lease = reservation({ budgetId: unique(), window, leaseMs: 60_000 });
    await store.reserve(lease);
    expect(await store.settle(lease, 900 as NanoUsd)).toMatchObject({ spentNanoUsd: 900 });
    await advance(400);
    expect(await store.read(lease)).toMatchObject({ spentNanoUsd: 0 });
  });

  test("keeps large amounts exact", async () => {
    const { store } = await create();
    const large = 1_000_000_000_000_001 as NanoUsd;
    const lease = reservation({ budgetId: unique(), amountNanoUsd: large, limitNanoUsd: 9_000_000_000_000_000 as NanoUsd });
    expect(await store.reserve(lease)).toMatchObject({ status: "granted", heldNanoUsd: large });
    expect(await store.settle(lease, large)).toMatchObject({ spentNanoUsd: large, heldNanoUsd: 0 });
  });

  test("keeps budgets and windows apart, whatever is in their names", async () => {
    const { store } = await create();
    const base = unique();
    for (const budgetId of [`${base}}x`, `${base}{y}`, `${base}:z ü`]) {
      const lease = reservation({ budgetId });
      await store.reserve(lease);
      expect(await store.settle(lease, 5 as NanoUsd)).toMatchObject({ spentNanoUsd: 5 });
    }
    expect(await store.read({ budgetId: base, window: total })).toMatchObject({ spentNanoUsd: 0 });
  });

  test("never grants more than the limit at once", async () => {
    const { store } = await create();
    const budgetId = unique();
    const grants = await Promise.all(
      Array.from({ length: 1_000 }, (_, call) =>
        store.reserve(reservation({ budgetId, leaseId: `l${call}`, amountNanoUsd: 70 as NanoUsd })),
      ),
    );
    expect(grants.filter(({ status }) => status === "granted").length).toBe(Math.floor(10_000 / 70));
  });
}
