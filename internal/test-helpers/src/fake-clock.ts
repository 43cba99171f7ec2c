/** Fits the `Clock` of `@langthrift/core`; time stands still until the test moves it. */
export interface FakeClock {
  /** Wall clock, ms since epoch. */
  now(): number;
  /** Monotonic reading, ms since the clock was made. */
  monotonic(): number;
  /** Moves both readings forward. @throws {RangeError} on a negative step. */
  advance(ms: number): void;
  /** Sets the wall clock only, as NTP would; the monotonic reading stays. */
  setWall(ms: number): void;
}

/** @param startMs first reading of `now()` @default 2026-01-01T00:00:00Z */
export function fakeClock(startMs: number = Date.UTC(2026, 0, 1)): FakeClock {
  let wall = startMs;
  let elapsed = 0;
  return {
    now: () => wall,
    monotonic: () => elapsed,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`A clock cannot advance by ${ms} ms. Use setWall() to step the wall clock back.`);
      wall += ms;
      elapsed += ms;
    },
    setWall(ms) {
      wall = ms;
    },
  };
}
