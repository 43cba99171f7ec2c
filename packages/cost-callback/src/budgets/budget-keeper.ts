import {
  BudgetExceededError,
  type Clock,
  createFailureLog,
  createPriceBook,
  type FailureLog,
  type Logger,
  type NanoUsd,
  type PriceBook,
  type SavingsEvent,
  systemClock,
  toUsd,
  UnknownPriceError,
  usd,
  withTimeout,
} from "@langthrift/core";
import { circuitBreaker, type CircuitBreakerPolicy, ConsecutiveBreaker, handleAll } from "cockatiel";
import { randomUUID } from "node:crypto";
import type { BudgetAlert } from "./budget-alert.ts";
import { type BudgetCall, type BudgetOptions, resolveBudget, type ResolvedBudget } from "./budget-options.ts";
import type { BudgetState, BudgetStore, Grant, Lease } from "./budget-store.ts";
import { windowAt } from "./budget-window.ts";
import { memoryBudgetStore } from "./memory-budget-store.ts";
import { OutputHistory } from "./output-history.ts";
import { SettleQueue } from "./settle-queue.ts";

export interface BudgetKeeperOptions {
  /** All of them must let a call pass. */
  readonly budgets: readonly BudgetOptions[];
  /** @default memoryBudgetStore(): one process */
  readonly store?: BudgetStore;
  readonly prices?: PriceBook;
  /** A slower store counts as failed, in ms. @default 50 */
  readonly storeTimeoutMs?: number;
  /** Called once a budget, window and fraction, by the process whose call passed it; a refusal once a process. May be slow, may fail. */
  readonly onAlert?: (alert: BudgetAlert) => void | Promise<void>;
  /** Sees a notice when the store fails. */
  readonly onEvent?: (event: SavingsEvent) => void;
  readonly clock?: Clock;
  readonly newId?: () => string;
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

interface Estimate {
  readonly amount: NanoUsd;
  readonly prompt: NanoUsd;
  readonly floor: NanoUsd;
  readonly perOutputToken: number;
}

const noState: BudgetState = { spentBeforeNanoUsd: 0 as NanoUsd, spentNanoUsd: 0 as NanoUsd, heldNanoUsd: 0 as NanoUsd };
const TOUCH_EVERY_MS = 2_000;
const UNKNOWN_OUTPUT = 1_024;

/** Lets calls pass while their budgets last: reserves before a call, settles after it. */
export class BudgetKeeper {
  readonly failures: FailureLog;
  readonly #budgets: readonly ResolvedBudget[];
  readonly #store: BudgetStore;
  readonly #prices: PriceBook;
  readonly #upperBound: PriceBook;
  readonly #storeTimeoutMs: number;
  readonly #onAlert: BudgetKeeperOptions["onAlert"];
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #history = new OutputHistory();
  readonly #breaker: CircuitBreakerPolicy;
  readonly #settling: SettleQueue;
  readonly #refusalsTold = new Set<string>();

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
    this.#store = store ?? memoryBudgetStore({ clock });
    this.#prices = prices ?? createPriceBook({ ...(logger !== undefined && { logger }) });
    this.#upperBound = createPriceBook({ unknownPrice: "upper-bound", logger: false });
    this.#storeTimeoutMs = storeTimeoutMs;
    this.#onAlert = onAlert;
    this.#clock = clock;
    this.#newId = newId;
    this.failures = createFailureLog({ strategy: "budget", logger, onEvent, clock, newId });
    this.#breaker = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(5) });
    this.#settling = new SettleQueue((lease, actual) => this.#ask("budget settle", () => this.#store.settle(lease, actual)));
  }

  /** Settlements that still wait for the store to come back. */
  get unsettled(): number {
    return this.#settling.size;
  }

  /** @throws {BudgetExceededError} when a hard budget has not enough left. */
  async admit(request: BudgetRequest): Promise<BudgetTicket> {
    const leases: HeldLease[] = [];
    let perOutputToken = 0;
    try {
      for (const budget of this.#budgets) {
        const estimate = this.#estimate(budget, request);
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
        if (outputTokens !== undefined) this.#history.add(historyKey(request), outputTokens);
        await Promise.all(leases.map((lease) => this.#settle(lease, actual)));
      },
    };
  }

  async #reserve(budget: ResolvedBudget, request: BudgetRequest, estimate: Estimate): Promise<HeldLease | undefined> {
    const budgetId = typeof budget.id === "function" ? budget.id(request) : budget.id;
    if (budgetId === null || budgetId === "") return undefined;
    const limit = usd(budget.limitUsd);
    if (budget.window.kind === "call") {
      if (estimate.amount > limit && budget.hard) throw this.#refusal(budget, budgetId, { ...noState, heldNanoUsd: estimate.amount }, null);
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
      this.#tellPassed(budget, lease, grant);
      if (grant.status === "granted") return lease;
      this.#tellRefused(budget, lease, grant);
      throw this.#refusal(budget, budgetId, grant, window.end);
    }
  }

  /** Without the store a call passes and is settled when it is back, or is refused: `onStoreError`. */
  #storeFailed(budget: ResolvedBudget, lease: HeldLease, error: unknown): HeldLease {
    this.failures.note("store", error);
    if (budget.onStoreError === "allow" || !budget.hard) return lease;
    // The store may have granted it after all.
    this.#settling.add(lease, 0 as NanoUsd);
    throw this.#refusal(budget, lease.budgetId, noState, lease.window.end, error);
  }

  async #settle(lease: HeldLease, actual: NanoUsd | null): Promise<void> {
    try {
      const state = await this.#ask("budget settle", () => this.#store.settle(lease, actual));
      this.#tellPassed(lease.budget, lease, state);
    } catch (error) {
      this.failures.note("store", error);
      this.#settling.add(lease, actual);
    }
  }

  /** `undefined`: nothing to reserve for, the price is unknown and the budget lets that pass. */
  #estimate(budget: ResolvedBudget, request: BudgetRequest): Estimate | undefined {
    const { model, provider, tier, inputTokens, maxOutputTokens = Number.POSITIVE_INFINITY } = request;
    const at = this.#clock.now();
    const expected =
      budget.reserveOutput === "p95"
        ? (this.#history.p95(historyKey(request)) ?? UNKNOWN_OUTPUT)
        : budget.reserveOutput === "max"
          ? maxOutputTokens
          : budget.reserveOutput;
    const bounded = Math.min(expected, maxOutputTokens);
    const outputTokens = Number.isFinite(bounded) ? bounded : UNKNOWN_MAXIMUM;
    const price = (tokens: number, prices: PriceBook, byProvider = provider): NanoUsd | null => {
      try {
        return prices.priceOf({ model, provider: byProvider, tier, at, usage: { inputTokens, outputTokens: tokens } }).nanoUsd;
      } catch {
        return null;
      }
    };
    let prices = this.#prices;
    let of: string | undefined = provider;
    let amount = price(outputTokens, prices);
    if (amount === null) {
      if (budget.onUnknownPrice === "allow") return undefined;
      if (budget.onUnknownPrice === "refuse") {
        if (budget.hard) throw new UnknownPriceError(model, provider);
        return undefined;
      }
      prices = this.#upperBound;
      amount = price(outputTokens, prices);
      if (amount === null) {
        // The provider is unknown too: the dearest of the three large ones.
        of = undefined;
        amount = price(outputTokens, prices, of);
      }
    }
    if (amount === null) return undefined;
    const prompt = price(0, prices, of) ?? (0 as NanoUsd);
    // A strict budget gives nothing back on a guess: a lease that runs out while its call goes on would be granted twice.
    const floor = budget.reserveOutput === "max" ? amount : prompt;
    return { amount, floor, perOutputToken: outputTokens > 0 ? (amount - prompt) / outputTokens : 0, prompt };
  }

  /** Within the time limit, and not at all for a while after the store has failed five times in a row. */
  #ask<T>(what: string, run: () => Promise<T>): Promise<T> {
    return this.#breaker.execute(() => withTimeout(what, this.#storeTimeoutMs, run));
  }

  #refusal(budget: ResolvedBudget, budgetId: string, state: BudgetState, resetAt: number | null, cause?: unknown): BudgetExceededError {
    const error = new BudgetExceededError({
      budgetId,
      spentUsd: toUsd(state.spentNanoUsd),
      heldUsd: toUsd(state.heldNanoUsd),
      limitUsd: budget.limitUsd,
      ...(resetAt !== null && { resetAt: new Date(resetAt) }),
    });
    if (cause !== undefined) error.cause = cause;
    return error;
  }

  #tellPassed(budget: ResolvedBudget, lease: HeldLease, state: BudgetState): void {
    const limit = usd(budget.limitUsd);
    for (const fraction of budget.softFractions) {
      const mark = limit * fraction;
      if (state.spentBeforeNanoUsd < mark && state.spentNanoUsd >= mark) this.#tell("fraction", fraction, budget, lease, state);
    }
  }

  #tellRefused(budget: ResolvedBudget, lease: HeldLease, state: BudgetState): void {
    const key = `${lease.budgetId}\n${lease.window.key}`;
    if (this.#refusalsTold.has(key)) return;
    if (this.#refusalsTold.size > 10_000) this.#refusalsTold.clear();
    this.#refusalsTold.add(key);
    this.#tell("refused", 1, budget, lease, state);
  }

  #tell(kind: BudgetAlert["kind"], fraction: number, budget: ResolvedBudget, { budgetId, window }: HeldLease, state: BudgetState): void {
    if (!this.#onAlert) return;
    const alert: BudgetAlert = {
      kind,
      budgetId,
      fraction,
      spentUsd: toUsd(state.spentNanoUsd),
      heldUsd: toUsd(state.heldNanoUsd),
      limitUsd: budget.limitUsd,
      ...(window.end !== null && { resetAt: new Date(window.end) }),
      at: this.#clock.now(),
    };
    const failed = (error: unknown): void => this.failures.note("alert", error);
    try {
      this.#onAlert(alert)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

/** Reserved by `"max"` for a call without a maximum of its own: more than any model writes in one answer. */
const UNKNOWN_MAXIMUM = 128_000;

function historyKey({ model, feature }: BudgetRequest): string {
  return `${model}\n${feature ?? ""}`;
}
