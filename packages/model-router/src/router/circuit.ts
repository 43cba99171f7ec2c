import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  handleWhen,
  type IBreaker,
  SamplingBreaker,
} from "cockatiel";
import { InvalidOptionError } from "@langthrift/core";
import { type ProviderError, readProviderError } from "./provider-error.ts";

/** Options of {@link createCircuit}. */
export interface BreakerOptions {
  /** Share of failed calls in the window from which the circuit opens, above 0 and below 1. @default 0.5 */
  readonly failureRate?: number;
  /** Calls in the window before the share counts. @default 5 */
  readonly minCalls?: number;
  /** @default 60_000 */
  readonly windowMs?: number;
  /** Time an open circuit waits before one call tries it again; doubles with each failed try, up to 60 s. `retry-after` wins. @default 5_000 */
  readonly cooldownMs?: number;
}

/** One candidate's circuit. Counts rate limits, quota, server errors, timeouts and network errors; a bad request is not the provider's fault. */
export interface Circuit {
  readonly state: "closed" | "open" | "half-open";
  /** When an open circuit may be tried, ms since epoch; 0 when it is closed. */
  readonly reopensAt: number;
  /** May a call go through now? Another call's try of a half-open circuit says no. */
  available(): boolean;
  /** Counts the call. Runs it even when the circuit is open, if `force` is set: nobody is refused. */
  run<T>(call: () => Promise<T>, options?: { readonly force?: boolean }): Promise<T>;
  /** Holds it open until a time that another process reported. */
  coolUntil(at: number): void;
}

const MAX_COOLDOWN_MS = 60_000;
/** An empty account does not fill up in seconds. */
const QUOTA_COOLDOWN_MS = 60_000;

/**
 * cockatiel's sampling breaker with two changes: a quota error or a `retry-after` opens it at once, and a caller can look before it calls.
 * cockatiel reads `Date.now`, so the router's clock is not used here.
 *
 * @throws {InvalidOptionError} when an option is out of range.
 */
export function createCircuit(
  { failureRate = 0.5, minCalls = 5, windowMs = 60_000, cooldownMs = 5_000 }: BreakerOptions = {},
  onOpen?: (untilMs: number, error: ProviderError) => void,
): Circuit {
  if (!(failureRate > 0 && failureRate < 1))
    throw new InvalidOptionError(`\`breaker.failureRate\` is ${failureRate}. Pass a share above 0 and below 1.`);
  if (!(minCalls >= 1)) throw new InvalidOptionError(`\`breaker.minCalls\` is ${minCalls}. Pass a count of 1 or more.`);
  for (const [name, value] of Object.entries({ windowMs, cooldownMs })) {
    if (!(Number.isFinite(value) && value > 0))
      throw new InvalidOptionError(`\`breaker.${name}\` is ${value}. Pass milliseconds, above 0.`);
  }

  let last: ProviderError = { kind: "other" };
  let reopensAt = 0;
  let sharedUntil = 0;
  // cockatiel opens above its threshold, this circuit from it on: a provider that fails by exact halves has to open it too.
  const threshold = failureRate * (1 - 1e-9);
  const sampling = new SamplingBreaker({ threshold, duration: windowMs, minimumRps: minCalls / (windowMs / 1000) });
  const breaker: IBreaker = {
    get state() {
      return sampling.state;
    },
    set state(value) {
      sampling.state = value;
    },
    success: (state) => sampling.success(state),
    failure: (state) => sampling.failure(state) || last.kind === "quota" || last.retryAfterMs !== undefined,
  };
  const policy: CircuitBreakerPolicy = circuitBreaker(
    handleWhen((error) => {
      last = readProviderError(error, Date.now());
      return countsAsFailure(last);
    }),
    { breaker, halfOpenAfter: backoff(1) },
  );
  policy.onBreak(() => onOpen?.(reopensAt, last));
  policy.onReset(() => {
    reopensAt = 0;
  });

  /** cockatiel asks for the next backoff exactly when the circuit opens. */
  function backoff(attempt: number): { duration: number; next: () => ReturnType<typeof backoff> } {
    return {
      duration: 0,
      next() {
        const grown = Math.min(cooldownMs * 2 ** (attempt - 1), Math.max(MAX_COOLDOWN_MS, cooldownMs));
        const duration = last.retryAfterMs ?? (last.kind === "quota" ? Math.max(grown, QUOTA_COOLDOWN_MS) : grown);
        reopensAt = Date.now() + duration;
        return { ...backoff(attempt + 1), duration };
      },
    };
  }

  return {
    get state() {
      if (policy.state === CircuitState.Open) return "open";
      return policy.state === CircuitState.HalfOpen ? "half-open" : sharedUntil > Date.now() ? "open" : "closed";
    },
    get reopensAt() {
      return Math.max(reopensAt, sharedUntil > Date.now() ? sharedUntil : 0);
    },
    available() {
      const now = Date.now();
      if (sharedUntil > now) return false;
      return policy.state === CircuitState.Closed || (policy.state === CircuitState.Open && now >= reopensAt);
    },
    async run(call, { force = false } = {}) {
      // cockatiel makes callers wait for a half-open try; they go around it instead.
      if (force || policy.state === CircuitState.HalfOpen) return call();
      let started = false;
      try {
        return await policy.execute(() => {
          started = true;
          return call();
        });
      } catch (error) {
        // Opened between the look and the call.
        if (!started && error instanceof BrokenCircuitError) return call();
        throw error;
      }
    },
    coolUntil(at) {
      sharedUntil = Math.max(sharedUntil, at);
    },
  };
}

export function countsAsFailure({ kind }: ProviderError): boolean {
  return kind === "rate-limit" || kind === "quota" || kind === "server" || kind === "timeout" || kind === "network";
}
