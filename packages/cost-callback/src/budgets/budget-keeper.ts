import {
  type Clock,
  createFailureLog,
  createPriceBook,
  type FailureLog,
  type Logger,
  type NanoUsd,
  type PriceBook,
  resolveLogger,
  type SavingsEvent,
  systemClock,
  usd,
  withTimeout,
} from "@langthrift/core";
import { circuitBreaker, type CircuitBreakerPolicy, ConsecutiveBreaker, handleAll } from "cockatiel";
import { randomUUID } from "node:crypto";
import type { BudgetAlert } from "./budget-alert.ts";
import { BudgetAlerts } from "./budget-alerts.ts";
import { type BudgetCall, type BudgetOptions, resolveBudget, type ResolvedBudget } from "./budget-options.ts";
import { budgetRefusal, noBudgetState } from "./budget-refusal.ts";
import type { BudgetState, BudgetStore, Grant, Lease } from "./budget-store.ts";
import { windowAt } from "./budget-window.ts";
import { type CallEstimate, type CallEstimateContext, estimateCall, outputHistoryKey } from "./call-estimate.ts";
import { memoryBudgetStore } from "./memory-budget-store.ts";
import { OutputHistory } from "./output-history.ts";
import { SettleQueue } from "./settle-queue.ts";

/** Options of {@link BudgetKeeper}. */
export interface BudgetKeeperOptions {
  /** All of them must let a call pass. */
  readonly budgets: readonly BudgetOptions[];
  /** @default memoryBudgetStore(): one process */
  readonly store?: BudgetStore;
  /** @default createPriceBook() */
  readonly prices?: PriceBook;
  /** A slower store counts as failed, in ms. @default 50 */
  readonly storeTimeoutMs?: number;
  /** Called once a budget, window and fraction, by the process whose call passed it; a refusal once a process. May be slow, may fail. */
  readonly onAlert?: (alert: BudgetAlert) => void | Promise<void>;
  /** Sees a notice when the store fails. */
  readonly onEvent?: (event: SavingsEvent) => void;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Makes the ids of events. @default crypto.randomUUID */
  readonly newId?: () => string;
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
}

/** A call that wants to run. */
export interface BudgetRequest extends BudgetCall {
  /** Of the prompt, counted or estimated. */
  readonly inputTokens: number;
  /** The call's own maximum, where it has one. */
  readonly maxOutputTokens?: number | undefined;
  readonly tier?: string | undefined;
}

/** Leave to run, until it is settled. */
export interface BudgetTicket {
  /** Says that the call is alive and has produced so many output tokens. At most one message to the store in two seconds. */
  progress(outputTokens: number): void;
  /** Ends the call with its true cost; `null`: unknown, the reservation is charged. Never rejects. */
  settle(actualNanoUsd: NanoUsd | null, outputTokens?: number): Promise<void>;
}

interface HeldLease extends Lease {
  readonly budget: ResolvedBudget;
  /** The prompt's part of the cost. */
  readonly promptNanoUsd: NanoUsd;
}

const TOUCH_EVERY_MS = 2_000;

/** Lets calls pass while their budgets last: reserves before a call, settles after it. */
export class BudgetKeeper {
  readonly failures: FailureLog;
  readonly #budgets: readonly ResolvedBudget[];
  readonly #store: BudgetStore;
  readonly #prices: PriceBook;
  readonly #upperBound: PriceBook;
  readonly #storeTimeoutMs: number;
  readonly #alerts: BudgetAlerts;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #history = new OutputHistory();
  readonly #breaker: CircuitBreakerPolicy;
  readonly #settling: SettleQueue;
  readonly #logger: Logger | undefined;
  #toldOfPlace = false;

  /** @throws {InvalidOptionError} when a budget is out of range. */
  constructor({
    budgets,
    store,
    prices,
    storeTimeoutMs = 50,
    onAlert,
    onEvent,
    clock = systemClock,
    newId = randomUUID,
    logger,
  }: BudgetKeeperOptions) {
    this.#budgets = budgets.map(resolveBudget);
    this.#logger = resolveLogger(logger);
    this.#store = store ?? memoryBudgetStore({ clock });
    this.#prices = prices ?? createPriceBook({ ...(logger !== undefined && { logger }) });
    this.#upperBound = createPriceBook({ unknownPrice: "upper-bound", logger: false });
    this.#storeTimeoutMs = storeTimeoutMs;
    this.#clock = clock;
    this.#newId = newId;
    this.failures = createFailureLog({ strategy: "budget", logger, onEvent, clock, newId });
    this.#alerts = new BudgetAlerts({ onAlert, clock, failures: this.failures });
    this.#breaker = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(5) });
    this.#settling = new SettleQueue((lease, actual) => this.#ask("budget settle", () => this.#store.settle(lease, actual)));
  }

  /** Settlements that still wait for the store to come back. A count. */
  get unsettled(): number {
    return this.#settling.size;
  }

  /** @throws {BudgetExceededError} when a hard budget has not enough left. */
  async admit(request: BudgetRequest): Promise<BudgetTicket> {
    const leases: HeldLease[] = [];
    let perOutputToken = 0;
    try {
      for (const budget of this.#budgets) {
        const estimate = estimateCall(budget, request, this.#estimating());
        if (!estimate) continue;
        perOutputToken = Math.max(perOutputToken, estimate.perOutputToken);
        const lease = await this.#reserve(budget, request, estimate);
        if (lease) leases.push(lease);
      }
    } catch (error) {
      await Promise.all(leases.map((lease) => this.#settle(lease, 0 as NanoUsd)));
      throw error;
    }
    return this.#ticket(leases, request, perOutputToken);
  }

  /**
   * Charges what was spent without leave: nothing is refused, alerts are sent. `null`: unknown, what the call would have reserved is
   * charged. The first time it is said that the budget stands in the wrong place. Never rejects.
   */
  async charge(request: BudgetRequest, actualNanoUsd: NanoUsd | null): Promise<void> {
    if (!this.#toldOfPlace) {
      this.#toldOfPlace = true;
      this.#logger?.warn(
        "A model was called past budgetMiddleware: a later middleware put another model into the request. What it spent was charged, but nothing " +
          "could be refused. Let budgetMiddleware be the last middleware. Reported once.",
      );
    }
    await Promise.all(
      this.#budgets.map(async (budget) => {
        try {
          const amount = actualNanoUsd ?? estimateCall(budget, request, this.#estimating())?.amount ?? (0 as NanoUsd);
          const lease = await this.#reserve({ ...budget, hard: false }, request, {
            amount,
            prompt: amount,
            floor: amount,
            perOutputToken: 0,
          });
          if (lease) await this.#settle(lease, actualNanoUsd);
        } catch (error) {
          this.failures.note("charge", error);
        }
      }),
    );
  }

  /** What a budget holds now, for displays. */
  async read(budgetId: string): Promise<BudgetState | undefined> {
    const budget = this.#budgets.find(({ id }) => id === budgetId);
    if (!budget) return undefined;
    return this.#ask("budget read", () => this.#store.read({ budgetId, window: windowAt(budget.window, this.#clock.now()) }));
  }

  /** Tries once more to settle what the store has not taken. */
  async flush(): Promise<void> {
    await this.#settling.flush();
  }

  #ticket(leases: readonly HeldLease[], request: BudgetRequest, perOutputToken: number): BudgetTicket {
    let touchedAt = this.#clock.monotonic();
    let settled = false;
    return {
      progress: (outputTokens) => {
        const now = this.#clock.monotonic();
        if (settled || now - touchedAt < TOUCH_EVERY_MS) return;
        touchedAt = now;
        for (const lease of leases) {
          const floor = (lease.promptNanoUsd + Math.round(outputTokens * perOutputToken)) as NanoUsd;
          void this.#ask("budget touch", () => this.#store.touch(lease, floor, lease.budget.leaseMs)).catch((error: unknown) =>
            this.failures.note("touch", error),
          );
        }
      },
      settle: async (actual, outputTokens) => {
        if (settled) return;
        settled = true;
        if (outputTokens !== undefined) this.#history.add(outputHistoryKey(request), outputTokens);
        await Promise.all(leases.map((lease) => this.#settle(lease, actual)));
      },
    };
  }

  async #reserve(budget: ResolvedBudget, request: BudgetRequest, estimate: CallEstimate): Promise<HeldLease | undefined> {
    const budgetId = this.#idOf(budget, request);
    if (budgetId === null || budgetId === "") return undefined;
    const limit = usd(budget.limitUsd);
    if (budget.window.kind === "call") {
      if (estimate.amount > limit && budget.hard)
        throw budgetRefusal({
          budgetId,
          limitUsd: budget.limitUsd,
          state: { ...noBudgetState, heldNanoUsd: estimate.amount },
          resetAt: null,
        });
      return undefined;
    }
    const leaseId = this.#newId();
    let now = this.#clock.now();
    for (let attempt = 0; ; attempt += 1) {
      const window = windowAt(budget.window, now);
      const lease: HeldLease = { budget, budgetId, window, leaseId, promptNanoUsd: estimate.prompt };
      let grant: Grant;
      try {
        grant = await this.#ask("budget reserve", () =>
          this.#store.reserve({
            budgetId,
            window,
            leaseId,
            amountNanoUsd: estimate.amount,
            floorNanoUsd: estimate.floor,
            limitNanoUsd: budget.hard ? limit : (Number.MAX_SAFE_INTEGER as NanoUsd),
            leaseMs: budget.leaseMs,
          }),
        );
      } catch (error) {
        return this.#storeFailed(budget, lease, error);
      }
      if (grant.status === "stale") {
        now = grant.now;
        if (attempt < 2) continue;
        return this.#storeFailed(budget, lease, new Error("The store's clock is outside of every window it was asked for."));
      }
      this.#alerts.passed(budget, lease, grant);
      if (grant.status === "granted") return lease;
      this.#alerts.refused(budget, lease, grant);
      throw budgetRefusal({ budgetId, limitUsd: budget.limitUsd, state: grant, resetAt: window.end });
    }
  }

  /** An application's function that goes wrong costs it no call: its budget does not concern the call. */
  #idOf({ id }: ResolvedBudget, request: BudgetRequest): string | null {
    if (typeof id !== "function") return id;
    try {
      return id(request);
    } catch (error) {
      this.failures.note("budget-id", error);
      return null;
    }
  }

  /** Without the store a call passes and is settled when it is back, or is refused: `onStoreError`. */
  #storeFailed(budget: ResolvedBudget, lease: HeldLease, error: unknown): HeldLease {
    this.failures.note("store", error);
    if (budget.onStoreError === "allow" || !budget.hard) return lease;
    // The store may have granted it after all.
    this.#settling.add(lease, 0 as NanoUsd);
    throw budgetRefusal({
      budgetId: lease.budgetId,
      limitUsd: budget.limitUsd,
      state: noBudgetState,
      resetAt: lease.window.end,
      cause: error,
    });
  }

  async #settle(lease: HeldLease, actual: NanoUsd | null): Promise<void> {
    try {
      const state = await this.#ask("budget settle", () => this.#store.settle(lease, actual));
      this.#alerts.passed(lease.budget, lease, state);
    } catch (error) {
      this.failures.note("store", error);
      this.#settling.add(lease, actual);
    }
  }

  #estimating(): CallEstimateContext {
    return { prices: this.#prices, upperBound: this.#upperBound, history: this.#history, at: this.#clock.now() };
  }

  /** Within the time limit, and not at all for a while after the store has failed five times in a row. */
  #ask<T>(what: string, run: () => Promise<T>): Promise<T> {
    return this.#breaker.execute(() => withTimeout(what, this.#storeTimeoutMs, run));
  }
}
