import type { NanoUsd } from "@langthrift/core";
import type { WindowSpan } from "./budget-window.ts";

/** One budget in one window. */
export interface BudgetRef {
  readonly budgetId: string;
  readonly window: WindowSpan;
}

/** Money set aside for a call that is about to run. */
export interface Reservation extends BudgetRef {
  /** Unique; a second reservation with a known id is granted again and changes nothing. */
  readonly leaseId: string;
  /** What the call may cost. */
  readonly amountNanoUsd: NanoUsd;
  /** What is charged when the lease runs out without a word: the prompt's cost. */
  readonly floorNanoUsd: NanoUsd;
  readonly limitNanoUsd: NanoUsd;
  readonly leaseMs: number;
}

/** A reservation that was granted, until it is settled or expires. */
export interface Lease extends BudgetRef {
  readonly leaseId: string;
}

/** What a window holds, before and after an operation; the store's operations are atomic, so that one of them alone sees a limit passed. */
export interface BudgetState {
  readonly spentBeforeNanoUsd: NanoUsd;
  readonly spentNanoUsd: NanoUsd;
  /** Reserved by calls that are running. */
  readonly heldNanoUsd: NanoUsd;
}

/** A store's answer to a reservation. */
export type Grant =
  | ({ readonly status: "granted" | "refused" } & BudgetState)
  /** The store's clock is outside of the window; ask again for the window at `now`. */
  | { readonly status: "stale"; readonly now: number };

/**
 * Keeps budgets. Every operation is atomic and first charges the leases that ran out, each its floor. Time is the store's own.
 * Adapters: `memoryBudgetStore()`, and `redisBudgetStore(client)` from `./redis`. Check your own with `budgetStoreSuite` of `./testing`.
 */
export interface BudgetStore {
  /** Grants when spent + held + amount is no more than the limit. */
  reserve(reservation: Reservation): Promise<Grant>;
  /** Says that a call is alive: renews its lease and raises its floor to `floorNanoUsd`. An unknown or ended lease is ignored. */
  touch(lease: Lease, floorNanoUsd: NanoUsd, leaseMs: number): Promise<void>;
  /**
   * Ends a lease with the true cost, `null` for what was reserved. After its expiry the charge is corrected. Again is a no-op. A lease that
   * was never reserved (the store was out of reach) is charged all the same.
   */
  settle(lease: Lease, actualNanoUsd: NanoUsd | null): Promise<BudgetState>;
  /** What is spent and held now; zeros for a window that nobody used. */
  read(ref: BudgetRef): Promise<BudgetState>;
}
