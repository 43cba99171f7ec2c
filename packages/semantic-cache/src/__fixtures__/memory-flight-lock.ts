import type { FlightLease, FlightLock } from "../flight-lock.ts";

/** A lock that several caches of one test share, as processes share a server. */
export interface MemoryFlightLock extends FlightLock {
  /** Names of the leases held, by id. */
  readonly held: ReadonlyMap<string, string>;
  /** Ends all leases, as time does. */
  expire(): void;
}

export function memoryFlightLock(): MemoryFlightLock {
  const held = new Map<string, string>();
  let names = 0;
  return {
    held,
    expire: () => held.clear(),
    async acquire(id) {
      const holder = held.get(id);
      if (holder !== undefined) return { holder };
      const name = `lease ${(names += 1)}`;
      held.set(id, name);
      const lease: FlightLease = {
        renew: async () => held.get(id) === name,
        async release() {
          if (held.get(id) === name) held.delete(id);
        },
      };
      return { lease };
    },
  };
}
