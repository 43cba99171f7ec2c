import { TimeoutError, withTimeout } from "@langthrift/core";
import { BrokenCircuitError, circuitBreaker, type CircuitBreakerPolicy, ConsecutiveBreaker, handleAll } from "cockatiel";

const FAILURES = 5;
const HALF_OPEN_AFTER_MS = 30_000;

export type StepFailure = "timeout" | "breaker-open" | "failed";

/** A dependency that may be slow or down: each use has a limit, and after five failures in a row it is left alone for half a minute. */
export class GuardedStep {
  readonly #what: string;
  readonly #breaker: CircuitBreakerPolicy;

  constructor(what: string) {
    this.#what = what;
    this.#breaker = circuitBreaker(handleAll, { halfOpenAfter: HALF_OPEN_AFTER_MS, breaker: new ConsecutiveBreaker(FAILURES) });
  }

  run<T>(ms: number, step: () => Promise<T>): Promise<T> {
    return this.#breaker.execute(() => withTimeout(this.#what, Math.max(1, ms), step));
  }
}

export function stepFailure(error: unknown): StepFailure {
  if (error instanceof BrokenCircuitError) return "breaker-open";
  return TimeoutError.isInstance(error) ? "timeout" : "failed";
}
