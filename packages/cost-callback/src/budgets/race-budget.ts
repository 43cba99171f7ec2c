import { createPriceBook, nanoUsd } from "@langthrift/core";
import { BudgetKeeper } from "./budget-keeper.ts";
import type { BudgetStore } from "./budget-store.ts";

/** What a racing process tells of one call. */
export type RaceMessage =
  /** Leave was given, and the call is about to run. `actual` is what it will cost, in nano-dollars: nothing of it may be forgotten. */
  | { readonly kind: "granted"; readonly budgetId: string; readonly actual: number; readonly reserveMs: number }
  /** Settled, and the store has taken it. */
  | { readonly kind: "settled"; readonly budgetId: string; readonly actual: number }
  /** The process is through. */
  | { readonly kind: "done"; readonly refused: number; readonly unsettled: number };

/** Options of {@link raceBudget}. */
export interface RaceBudgetOptions {
  /** The store under test. */
  readonly store: BudgetStore;
  /** The limit of each budget. */
  readonly limitUsd: number;
  /** ms since epoch at which no more calls begin. */
  readonly until: number;
  /** Calls at a time. @default 50 */
  readonly concurrent?: number;
  /** A new budget begins so often, the same for all processes, so that a race goes on at the limit all the time. @default Infinity */
  readonly budgetEveryMs?: number;
  /** A lease without a settlement ends after so long. @default 1_500 */
  readonly leaseMs?: number;
  /** @default Math.random */
  readonly random?: () => number;
  /** Awaited before a call begins: what was granted to a process that dies is then known. */
  readonly tell: (message: RaceMessage) => void | Promise<void>;
}

/** 1,000 tokens in at $1 and at most 4,000 out at $2 a million: $0.009 is reserved, of which $0.001 is the prompt. */
export const RACE_RESERVED_NANO_USD = 9_000_000;
const INPUT_TOKENS = 1_000;
const MAX_OUTPUT_TOKENS = 4_000;
const prices = createPriceBook({ overrides: [{ model: "m", inputUsdPerMillion: 1, outputUsdPerMillion: 2 }], logger: false });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Lets many calls race for budgets of one store, which should neither grant more than a limit nor forget what was spent. Run it in several
 * processes with the same store, and kill some: what must hold afterwards follows from what they told.
 */
export async function raceBudget({
  store,
  limitUsd,
  until,
  concurrent = 50,
  budgetEveryMs = Number.POSITIVE_INFINITY,
  leaseMs = 1_500,
  random = Math.random,
  tell,
}: RaceBudgetOptions): Promise<void> {
  const keeper = new BudgetKeeper({
    // The round comes as the call's feature, so that a call is settled where it was granted.
    budgets: [
      { id: ({ feature }) => feature ?? null, limitUsd, window: { kind: "total" }, reserveOutput: "max", leaseMs, onStoreError: "refuse" },
    ],
    store,
    prices,
    storeTimeoutMs: 1_000,
    logger: false,
  });
  let refused = 0;
  const call = async (): Promise<void> => {
    const budgetId = `race-${Math.floor(Date.now() / budgetEveryMs)}`;
    const request = { model: "m", feature: budgetId, chain: [], tags: [], inputTokens: INPUT_TOKENS, maxOutputTokens: MAX_OUTPUT_TOKENS };
    const asked = performance.now();
    const ticket = await keeper.admit(request).catch(() => undefined);
    if (!ticket) {
      refused += 1;
      await sleep(20 + random() * 50);
      return;
    }
    const actual = nanoUsd(INPUT_TOKENS * 1_000 + Math.floor(random() * MAX_OUTPUT_TOKENS) * 2_000);
    await tell({ kind: "granted", budgetId, actual, reserveMs: performance.now() - asked });
    await sleep(random() * 40);
    await ticket.settle(actual);
    // A settlement that still waits for the store would be lost with this process; it counts once it is through.
    while (keeper.unsettled > 0 && Date.now() < until + 5_000) await sleep(20);
    await tell({ kind: "settled", budgetId, actual });
  };
  await Promise.all(
    Array.from({ length: concurrent }, async () => {
      while (Date.now() < until) await call();
    }),
  );
  for (let attempt = 0; keeper.unsettled > 0 && attempt < 40; attempt += 1) {
    await sleep(100);
    await keeper.flush();
  }
  await tell({ kind: "done", refused, unsettled: keeper.unsettled });
}
