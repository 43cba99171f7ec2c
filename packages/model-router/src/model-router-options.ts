import type { Clock, Logger, PriceBook, SavingsEvent, TokenCounter } from "@langthrift/core";
import type { Candidate } from "./candidate.ts";
import type { RouterStore } from "./router-store.ts";
import type { BudgetOptions } from "./router/budget.ts";
import type { BreakerOptions } from "./router/circuit.ts";
import type { FallbackOrder } from "./router/fallback-chain.ts";
import type { StickyOptions } from "./router/sticky.ts";
import type { RoutingPolicy } from "./routing-policy.ts";

/** Whom to ask when the chosen one fails. */
export interface FallbackOptions {
  /** @default "stronger-first" */
  readonly order?: FallbackOrder;
  /** Which errors another candidate may still mend. @default all but an abort, a budget's refusal and a graph's interrupt */
  readonly on?: (error: unknown) => boolean;
  /** Candidates asked for one request, the chosen one counted. @default all */
  readonly maxAttempts?: number;
}

/** Options of `createModelRouter`. */
export interface ModelRouterOptions {
  /** Two or more models, of different names. */
  readonly candidates: readonly Candidate[];
  /** @default heuristicPolicy() */
  readonly policy?: RoutingPolicy;
  /** The candidate that answers when the policy abstains, fails or is slow, and the one that savings are measured against. @default the strongest */
  readonly default?: string;
  /** @default { scope: "tool-loop" } */
  readonly sticky?: false | StickyOptions;
  /** `false`: an error of the chosen one is the caller's. @default {} */
  readonly fallback?: false | FallbackOptions;
  /** @default {} */
  readonly breaker?: false | BreakerOptions;
  /** A limit on what the router spends. @default none */
  readonly budget?: BudgetOptions;
  /** Pins, cooldowns, spent budget. @default memoryRouterStore() */
  readonly store?: RouterStore;
  /** @default createPriceBook() */
  readonly prices?: PriceBook;
  /** For the context filter and the budget. @default approximateTokenCounter: no load time, about a quarter too high for English */
  readonly tokenCounter?: TokenCounter;
  /** After this the default answers. @default 250 */
  readonly decideTimeoutMs?: number;
  /** The mark also says what else was considered, its price, and why it was left out. @default false */
  readonly includeDecision?: boolean;
  /** Called with every savings event, besides the callbacks of the run. @default none */
  readonly onEvent?: (event: SavingsEvent) => void;
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
  /** @default crypto.randomUUID */
  readonly newId?: () => string;
}
