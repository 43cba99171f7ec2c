import type { Clock, FailureLog } from "@langthrift/core";
import type { RouterStore } from "../router-store.ts";
import type { Circuit } from "./circuit.ts";
import type { ResolvedCandidate } from "./resolve-candidates.ts";

/** Tells other processes, through the store, until when a candidate cools down, and takes over what they saw. Never in a request's way. */
export interface SharedCooldowns {
  share(candidate: ResolvedCandidate, untilMs: number): void;
  /** Reads in the background, at most once a second. */
  takeOver(circuits: ReadonlyMap<ResolvedCandidate, Circuit>): void;
}

export interface SharedCooldownsOptions {
  /** `undefined`: nothing is shared. */
  readonly store: RouterStore | undefined;
  readonly clock: Pick<Clock, "now">;
  readonly failures: FailureLog;
}

const READ_EVERY_MS = 1000;

export function createSharedCooldowns({ store, clock, failures }: SharedCooldownsOptions): SharedCooldowns {
  let readAt = -Infinity;
  const note = (error: unknown) => failures.note("store-unavailable", error);
  return {
    share({ name }, untilMs) {
      store?.set(`cooldown:${name}`, untilMs, untilMs).catch(note);
    },
    takeOver(circuits) {
      const now = clock.now();
      if (!store || now - readAt < READ_EVERY_MS) return;
      readAt = now;
      for (const [{ name }, circuit] of circuits) {
        store.get(`cooldown:${name}`).then((until) => {
          if (typeof until === "number") circuit.coolUntil(until);
        }, note);
      }
    },
  };
}
