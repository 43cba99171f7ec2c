/**
 * Keeps processes from asking the model the same question at the same time. Whoever holds the lease makes the answer, the others wait for
 * it in the store. `redisFlightLock` in `./redis` is one; a lock that rejects or hangs is passed by, and counted.
 */
export interface FlightLock {
  /**
   * @param id The question's, 64 hex digits: nothing can be read from it.
   * @param ttlMs After this the lease ends by itself, so that an owner that died blocks nobody for longer.
   */
  acquire(id: string, ttlMs: number): Promise<FlightGrant>;
}

/** The lease, or which other one is held: a name that no two leases share. */
export type FlightGrant =
  | { readonly lease: FlightLease; readonly holder?: undefined }
  | { readonly lease?: undefined; readonly holder: string };

/** A lock that is held. */
export interface FlightLease {
  /** Starts its time anew. `false` when it was lost: it had ended, and may be another's now. */
  renew(ttlMs: number): Promise<boolean>;
  /** Ends it, unless it was lost. */
  release(): Promise<void>;
}
