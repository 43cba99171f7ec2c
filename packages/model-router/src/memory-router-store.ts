import { type Clock, type JsonValue, systemClock } from "@langthrift/core";
import type { RouterStore } from "./router-store.ts";

/** Options of {@link memoryRouterStore}. */
export interface MemoryRouterStoreOptions {
  /** Entries kept; the oldest written go first. @default 10_000 */
  readonly maxEntries?: number;
  /** @default systemClock */
  readonly clock?: Pick<Clock, "now">;
}

/** Keeps the router's state in this process. */
export function memoryRouterStore({ maxEntries = 10_000, clock = systemClock }: MemoryRouterStoreOptions = {}): RouterStore {
  const entries = new Map<string, { value: JsonValue; expiresAt: number }>();

  function live(key: string): { value: JsonValue; expiresAt: number } | undefined {
    const entry = entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAt > clock.now()) return entry;
    entries.delete(key);
    return undefined;
  }

  function put(key: string, value: JsonValue, expiresAt: number): void {
    entries.delete(key);
    if (expiresAt <= clock.now()) return;
    entries.set(key, { value, expiresAt });
    while (entries.size > maxEntries) {
      const oldest = entries.keys().next().value;
      if (oldest === undefined) break;
      entries.delete(oldest);
    }
  }

  return {
    async get(key) {
      return structuredClone(live(key)?.value);
    },
    async set(key, value, expiresAt) {
      put(key, structuredClone(value), expiresAt);
    },
    async delete(key) {
      entries.delete(key);
    },
    async add(key, delta, expiresAt) {
      const entry = live(key);
      const sum = (typeof entry?.value === "number" ? entry.value : 0) + delta;
      put(key, sum, entry?.expiresAt ?? expiresAt);
      return sum;
    },
  };
}
