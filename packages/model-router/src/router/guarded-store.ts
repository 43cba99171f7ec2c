import { type Clock, withTimeout } from "@langthrift/core";
import type { RouterStore } from "../router-store.ts";

export interface GuardedStoreOptions {
  /** For one operation. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, "now">;
}

/** Failures in a row after which the store is left alone. */
const TRIP_AFTER = 3;
/** For how long, in ms. */
const REST_MS = 5_000;

/**
 * Limits each operation in time and, while the store is down, fails at once: a request must not pay the time limit again and again, and a client
 * that queues commands until it is connected must not be fed more of them. After the rest one operation tries the store.
 */
export function guardedStore(store: RouterStore, { timeoutMs, clock }: GuardedStoreOptions): RouterStore {
  let failures = 0;
  let restUntil = -Infinity;

  async function guarded<T>(run: () => Promise<T>): Promise<T> {
    const now = clock.now();
    if (now < restUntil) throw new Error("The router's store failed repeatedly and is left alone for a while.");
    // Others go on resting while this one tries.
    if (failures >= TRIP_AFTER) restUntil = now + REST_MS;
    try {
      const result = await withTimeout("router store", timeoutMs, run);
      failures = 0;
      restUntil = -Infinity;
      return result;
    } catch (error) {
      failures += 1;
      if (failures >= TRIP_AFTER) restUntil = clock.now() + REST_MS;
      throw error;
    }
  }

  return {
    get: (key) => guarded(() => store.get(key)),
    set: (key, value, expiresAt) => guarded(() => store.set(key, value, expiresAt)),
    delete: (key) => guarded(() => store.delete(key)),
    add: (key, delta, expiresAt) => guarded(() => store.add(key, delta, expiresAt)),
  };
}
