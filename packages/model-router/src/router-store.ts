import type { JsonValue } from "@langthrift/core";

/**
 * Where the router keeps what processes share: session pins, cooldowns, spent budget, calls a minute, feedback. Small JSON values, each with an
 * expiry that the store enforces: an entry whose time has come is never returned, and one that is already past is accepted and dropped.
 * A store may be slow or fail; the router then goes on without it.
 */
export interface RouterStore {
  /** `undefined` when absent or expired. */
  get(key: string): Promise<JsonValue | undefined>;
  /** @param expiresAt ms since epoch. */
  set(key: string, value: JsonValue, expiresAt: number): Promise<void>;
  /** Forgets a key; one that is not there is no error. */
  delete(key: string): Promise<void>;
  /** Adds to an integer (0 when absent) atomically and returns the sum. `expiresAt` applies when the key is made, and is not extended after. */
  add(key: string, delta: number, expiresAt: number): Promise<number>;
}
