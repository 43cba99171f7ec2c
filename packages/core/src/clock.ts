/** The time, injected so that tests can turn it. */
export interface Clock {
  /** Wall clock, ms since epoch. */
  now(): number;
  /** Never steps back, ms from any origin. */
  monotonic(): number;
}

/** Reads the globals at each call, so that fake timers work. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
