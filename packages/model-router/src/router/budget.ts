import { type Clock, InvalidOptionError, nanoUsd, type NanoUsd, usd } from "@langthrift/core";
import type { RouteContext } from "../route-context.ts";
import type { RouterStore } from "../router-store.ts";

/** Options of {@link createBudget}. */
export interface BudgetOptions {
  /** US dollars that may be spent in one window. */
  readonly limitUsd: number;
  /** Windows lie on multiples of it since the epoch. */
  readonly windowMs: number;
  /** When nothing fits any more: the cheapest candidate answers, or the call throws `BudgetExceededError`. */
  readonly onExceeded: "cheapest" | "error";
  /** What is left by another ledger's count; `null` when it does not know. @default what this router counted itself, in its store */
  readonly remaining?: (context: RouteContext) => Promise<NanoUsd | null>;
}

/** Counts what the router's answers cost in the running window. */
export interface RouterBudget {
  readonly onExceeded: BudgetOptions["onExceeded"];
  readonly limit: NanoUsd;
  /** `null`: unknown; nothing is left out then. */
  remaining(context: RouteContext): Promise<NanoUsd | null>;
  spend(amount: NanoUsd): Promise<void>;
  resetAt(): number;
}

/** @throws {InvalidOptionError} when the limit or the window is out of range. */
export function createBudget(
  { limitUsd, windowMs, onExceeded, remaining }: BudgetOptions,
  store: RouterStore,
  clock: Pick<Clock, "now">,
): RouterBudget {
  if (!Number.isFinite(limitUsd) || limitUsd < 0)
    throw new InvalidOptionError(`\`budget.limitUsd\` is ${limitUsd}. Pass US dollars, 0 or more.`);
  if (!Number.isFinite(windowMs) || windowMs <= 0)
    throw new InvalidOptionError(`\`budget.windowMs\` is ${windowMs}. Pass milliseconds, above 0.`);
  const limit = usd(limitUsd);
  const windowOf = () => Math.floor(clock.now() / windowMs);
  const keyOf = (window: number) => `budget:${windowMs}:${window}`;
  return {
    onExceeded,
    limit,
    async remaining(context) {
      if (remaining) return remaining(context);
      const spent = await store.get(keyOf(windowOf()));
      return nanoUsd(Math.max(0, limit - (typeof spent === "number" ? spent : 0)));
    },
    async spend(amount) {
      const window = windowOf();
      await store.add(keyOf(window), amount, (window + 1) * windowMs);
    },
    resetAt: () => (windowOf() + 1) * windowMs,
  };
}
