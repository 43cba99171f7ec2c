import type { NanoUsd } from "@langthrift/core";
import type { BudgetRef, BudgetState, BudgetStore } from "@langthrift/cost-callback";

/** The two commands of node-redis that are used. */
export interface CounterClient {
  get(key: string): Promise<unknown>;
  incrBy(key: string, amount: number): Promise<unknown>;
}

/**
 * The baseline: looks at what is spent, lets the call pass when that is below the limit, and adds its cost afterwards. This is how budgets
 * are often kept; calls that run at the same time do not see each other.
 */
export function naiveBudgetStore(client: CounterClient, prefix: string): BudgetStore {
  const key = ({ budgetId }: BudgetRef): string => `${prefix}:${budgetId}`;
  const state = (spent: number): BudgetState => ({
    spentBeforeNanoUsd: spent as NanoUsd,
    spentNanoUsd: spent as NanoUsd,
    heldNanoUsd: 0 as NanoUsd,
  });
  const read = async (ref: BudgetRef): Promise<BudgetState> => state(Number((await client.get(key(ref))) ?? 0));
  return {
    async reserve(reservation) {
      const known = await read(reservation);
      const fits = known.spentNanoUsd + reservation.amountNanoUsd <= reservation.limitNanoUsd;
      return { status: fits ? "granted" : "refused", ...known };
    },
    touch: async () => undefined,
    settle: async (lease, actual) => state(Number(await client.incrBy(key(lease), actual ?? 0))),
    read,
  };
}
