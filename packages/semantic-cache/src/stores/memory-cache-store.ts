import { type Clock, InvalidOptionError, systemClock } from "@langthrift/core";
import type { CacheStore } from "../cache-store.ts";
import { rowScanner } from "../kernel/wasm-row-scanner.ts";
import { CacheStoreError } from "./cache-store-error.ts";
import { EntryTable } from "./entry-table.ts";

export interface MemoryCacheStoreOptions {
  /** Most entries to hold; at the limit the least valuable goes. @default 100_000 */
  readonly maxEntries?: number;
  /** Most memory that entries and their vectors take, estimated, in bytes. @default Infinity */
  readonly maxBytes?: number;
  /** @default systemClock */
  readonly clock?: Pick<Clock, "now">;
}

/**
 * The store inside this process: an exact scan of the partition, no library and no server.
 *
 * @throws {InvalidOptionError} when an option is out of range.
 */
export function memoryCacheStore({
  maxEntries = 100_000,
  maxBytes = Infinity,
  clock = systemClock,
}: MemoryCacheStoreOptions = {}): CacheStore {
  if (!(maxEntries >= 1)) throw new InvalidOptionError(`\`maxEntries\` is ${maxEntries}. Pass how many entries to hold, at least 1.`);
  if (!(maxBytes >= 1)) throw new InvalidOptionError(`\`maxBytes\` is ${maxBytes}. Pass bytes, at least 1.`);
  const table = new EntryTable(rowScanner(), { maxEntries, maxBytes });
  let closed = false;

  function open(): EntryTable {
    if (closed) throw new CacheStoreError("closed", "The cache store was closed. Make a new one.");
    return table;
  }

  return {
    async get(id, now) {
      return open().get(id, now);
    },
    async search(query) {
      return open().search(query);
    },
    async put(entry) {
      const table = open();
      table.put(table.prepare(entry), clock.now());
    },
    async update(id, patch) {
      const record = open().record(id);
      if (!record) return false;
      table.update(record, patch);
      return true;
    },
    async delete(filter) {
      const matched = open().matching(filter);
      for (const record of matched) table.delete(record);
      return matched.length;
    },
    async *entries(filter = {}) {
      for (const record of open().matching(filter)) {
        if (table.record(record.id) === record) yield table.read(record);
      }
    },
    async close() {
      closed = true;
      table.clear();
    },
  };
}
