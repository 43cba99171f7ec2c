import { InvalidOptionError, usd } from "@langthrift/core";
import type { RunLabels } from "../cost-entry.ts";
import { type BudgetWindow, validateWindow } from "./budget-window.ts";

/** What a budget is told of a call, to find whose it is. */
export interface BudgetCall extends RunLabels {
  readonly model: string;
  readonly provider?: string | undefined;
}

/** A budget: how much, over which time, and what happens at the limit. */
export interface BudgetOptions {
  /**
   * The budget's name, or a function that finds the one a call falls under: ``({ userId }) => userId ? `user:${userId}` : null``.
   * `null`: this budget does not concern the call; so does one whose function throws, which is counted and reported once. A run's own: ``({ rootId }) => `run:${rootId}` `` with a `total` window.
   */
  readonly id: string | ((call: BudgetCall) => string | null);
  /** US dollars for one window. Below $9 million: larger amounts are no exact numbers. */
  readonly limitUsd: number;
  /** The time over which is summed up. */
  readonly window: BudgetWindow;
  /** `false`: nothing is refused, only alerts are sent. @default true */
  readonly hard?: boolean;
  /** Fractions of the limit at whose passing an alert is sent. @default [0.8] */
  readonly softFractions?: readonly number[];
  /**
   * Output tokens that a call is expected to have: the 95th percentile of the last 200 of its model and feature (1,024 while unknown),
   * `"max"`: the most it may have, so that a limit is never passed, or a number. All are capped by the call's own maximum. @default "p95"
   */
  readonly reserveOutput?: "p95" | "max" | number;
  /**
   * After so long without a sign of life a call is charged its prompt and what was streamed, with `reserveOutput: "max"` all that was
   * reserved; its settlement, if one still comes, corrects that. Longer than any outage of the store that must not be felt. In ms.
   * @default 60_000
   */
  readonly leaseMs?: number;
  /** A call whose price is unknown counts at the provider's dearest rates, is refused, or is let through uncounted. @default "upper-bound" */
  readonly onUnknownPrice?: "upper-bound" | "refuse" | "allow";
  /** What happens while the store cannot be reached or is slow. @default "allow" */
  readonly onStoreError?: "allow" | "refuse";
}

export type ResolvedBudget = Required<BudgetOptions>;

/** @throws {InvalidOptionError} when a field is out of range. */
export function resolveBudget(options: BudgetOptions): ResolvedBudget {
  const budget: ResolvedBudget = {
    hard: true,
    softFractions: [0.8],
    reserveOutput: "p95",
    leaseMs: 60_000,
    onUnknownPrice: "upper-bound",
    onStoreError: "allow",
    ...options,
  };
  const { id, limitUsd, softFractions, reserveOutput, leaseMs } = budget;
  const name = typeof id === "string" ? `"${id}"` : "of a function";
  if (typeof id === "string" ? id === "" : typeof id !== "function") {
    throw new InvalidOptionError("A budget's `id` is empty. Pass a name, or a function of the call.");
  }
  if (!Number.isFinite(limitUsd) || limitUsd < 0 || limitUsd > 9e6) {
    throw new InvalidOptionError(`\`limitUsd\` of the budget ${name} is ${limitUsd}. Pass US dollars, from 0 to 9,000,000.`);
  }
  usd(limitUsd);
  for (const fraction of softFractions) {
    if (!Number.isFinite(fraction) || fraction <= 0) {
      throw new InvalidOptionError(`\`softFractions\` of the budget ${name} holds ${fraction}. Pass fractions of the limit, such as 0.8.`);
    }
  }
  if (typeof reserveOutput === "number" && !(Number.isFinite(reserveOutput) && reserveOutput >= 0)) {
    throw new InvalidOptionError(`\`reserveOutput\` of the budget ${name} is ${reserveOutput}. Pass "p95", "max" or a number of tokens.`);
  }
  if (!Number.isFinite(leaseMs) || leaseMs < 100) {
    throw new InvalidOptionError(`\`leaseMs\` of the budget ${name} is ${leaseMs}. Pass milliseconds, at least 100.`);
  }
  validateWindow(budget.window);
  return budget;
}
