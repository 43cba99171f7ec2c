import type { Clock, FailureLog } from "@langthrift/core";
import type { RouterStore } from "../router-store.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";
import type { Exclusions } from "./route-plan.ts";

/** Counts calls a minute in the store and leaves out candidates at their `maxRpm`. */
export interface RateCap {
  /** Candidates under their cap; all of them when none is, or when the store does not answer. */
  under(candidates: readonly ResolvedCandidate[], excluded: Exclusions): Promise<readonly ResolvedCandidate[]>;
  /** Counts a call in the background. */
  count(candidate: ResolvedCandidate): void;
}

export interface RateCapOptions {
  readonly store: RouterStore;
  readonly clock: Pick<Clock, "now">;
  readonly failures: FailureLog;
}

export function createRateCap({ store, clock, failures }: RateCapOptions): RateCap {
  const minuteOf = () => Math.floor(clock.now() / 60_000);
  return {
    async under(candidates, excluded) {
      if (!candidates.some(({ maxRpm }) => maxRpm !== undefined)) return candidates;
      const minute = minuteOf();
      try {
        const counts = await Promise.all(
          candidates.map(async ({ name, maxRpm }) => (maxRpm === undefined ? 0 : await store.get(`rpm:${name}:${minute}`))),
        );
        const under = candidates.filter(({ maxRpm }, index) => maxRpm === undefined || Number(counts[index] ?? 0) < maxRpm);
        if (under.length === 0) return candidates;
        for (const candidate of candidates) if (!under.includes(candidate)) excluded.set(candidate, "rate-cap");
        return under;
      } catch (error) {
        failures.note("store-unavailable", error);
        return candidates;
      }
    },
    count({ name, maxRpm }) {
      if (maxRpm === undefined) return;
      const minute = minuteOf();
      store.add(`rpm:${name}:${minute}`, 1, (minute + 2) * 60_000).catch((error: unknown) => failures.note("store-unavailable", error));
    },
  };
}
