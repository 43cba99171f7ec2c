import type { Clock, Logger, PriceBook, SavingsEvent, TokenCounter } from "@langthrift/core";
import type { Candidate } from "../candidate.ts";
import type { BreakerOptions } from "../router/circuit.ts";
import type { RoutingPolicy } from "../routing-policy.ts";
import type { QualityScorer } from "./quality-scorer.ts";

/** A model that drafts, and what accepts its draft. */
export interface CascadeStep {
  readonly candidate: Candidate;
  /** Asked in order, cheap ones first: the first score below the threshold escalates, and the rest are not asked. */
  readonly accept: QualityScorer | readonly QualityScorer[];
  /** Lowest score that is accepted. Choose it with `calibrate`. */
  readonly threshold: number;
}

/** Options of `CascadeModel`. */
export interface CascadeOptions {
  /** Cheap candidates, cheapest first. */
  readonly steps: readonly CascadeStep[];
  /** Answers what no step's draft was good enough for. */
  readonly final: Candidate;
  /** Picks the final candidate's name for requests that need no draft; anything else drafts. */
  readonly prefilter?: RoutingPolicy;
  /**
   * Most that the draft of one call may cost, in US dollars, estimated before it; above it the final one answers at once. @default no
   * limit
   */
  readonly limitUsd?: number;
  /** For all scorers of one draft. @default 10_000 */
  readonly scoreTimeoutMs?: number;
  /** A drafting candidate that fails is left out for a while. @default {} */
  readonly breaker?: false | BreakerOptions;
  /** @default createPriceBook() */
  readonly prices?: PriceBook;
  /** Estimates the draft's price for `limitUsd`. @default approximateTokenCounter */
  readonly tokenCounter?: TokenCounter;
  /** Called with every savings event, besides the callbacks of the run. @default none */
  readonly onEvent?: (event: SavingsEvent) => void;
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Makes the ids of events. @default crypto.randomUUID */
  readonly newId?: () => string;
}
