import { fakeClock } from "@langthrift/test-helpers";
import { expect, test } from "vitest";
import { budgetStoreSuite } from "./budget-store-suite.ts";
import { memoryBudgetStore } from "./memory-budget-store.ts";

budgetStoreSuite({
  test,
  expect,
  create: async () => {
    const clock = fakeClock();
    return { store: memoryBudgetStore({ clock }), now: () => clock.now(), advance: async (ms) => clock.advance(ms) };
  },
});
