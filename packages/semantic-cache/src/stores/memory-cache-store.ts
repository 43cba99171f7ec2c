import { type Clock, InvalidOptionError, systemClock } from "@langthrift/core";
import type { CacheStore } from "../cache-store.ts";
import { rowScanner } from "../kernel/wasm-row-scanner.ts";
import { CacheStoreError } from "./cache-store-error.ts";
import { EntryTable } from "./entry-table.ts";
import { encodePut, encodeUpdate } from "./journal/entry-frames.ts";
import { encodeFrame } from "./journal/frame.ts";
import { Journal } from "./journal/journal.ts";
import type { RecoveryReport } from "./journal/recovery.ts";

/** Options of {@link memoryCacheStore}. */
export interface MemoryCacheStoreOptions {
  /** A folder for the files of this store alone. Without it nothing is written, and nothing outlives the process. */
  readonly path?: string;
  /** Most entries to hold; at the limit the least valuable goes. @default 100_000 */
  readonly maxEntries?: number;
  /** Most memory that entries and their vectors take, estimated, in bytes. @default Infinity */
  readonly maxBytes?: number;
  /**
   * When a change counts as written: `process` when the operating system has it, so that it survives the end of this process however
   * sudden; `disk` when the disk has it, so that it survives a power cut, at the cost of a flush per batch. @default "process"
   */
  readonly durability?: "process" | "disk";
  /** Size below which the log is never replaced by a snapshot, in bytes. @default 4_194_304 */
  readonly minLogBytes?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** A store in this process, on disk with `path`. */
export interface MemoryCacheStore extends CacheStore {
  /** Reads the files now instead of at the first call. `null` without `path`. Rejects when another process holds them. */
  open(): Promise<RecoveryReport | null>;
  /** What reading the files found; `null` before that, and without `path`. */
  readonly recovery: RecoveryReport | null;
  /** Entries held, live and expired, and an estimate of the memory that they take. */
  readonly size: { readonly entries: number; readonly bytes: number };
}

/**
 * The store inside this process: an exact scan of the partition in WebAssembly, no library and no server. Vectors are kept as 24-bit
 * numbers, exact to about 1e-8. With `path` every change is logged, and is on file when the call resolves. One process at a time may use
 * a `path`; after a call that found it locked, the next one tries again.
 *
 * At the limit of entries or bytes, what has expired goes first, then what is worth least for its size (price of the answer, uses, age).
 * While there is more than one scope, none keeps more than half of the room.
 *
 * @throws {InvalidOptionError} when an option is out of range.
 */
export function memoryCacheStore({
  path,
  maxEntries = 100_000,
  maxBytes = Infinity,
  durability = "process",
  minLogBytes = 4 * 1024 * 1024,
  clock = systemClock,
}: MemoryCacheStoreOptions = {}): MemoryCacheStore {
  if (!(maxEntries >= 1)) throw new InvalidOptionError(`\`maxEntries\` is ${maxEntries}. Pass how many entries to hold, at least 1.`);
  if (!(maxBytes >= 1)) throw new InvalidOptionError(`\`maxBytes\` is ${maxBytes}. Pass bytes, at least 1.`);
  if (!(minLogBytes >= 0)) throw new InvalidOptionError(`\`minLogBytes\` is ${minLogBytes}. Pass bytes, at least 0.`);
  if (path === "") throw new InvalidOptionError('`path` is "". Pass a folder for the files, or leave it out.');

  const table = new EntryTable(rowScanner(), { maxEntries, maxBytes });
  let journal: Journal | null = null;
  let opening: Promise<Journal | null> | null = null;
  let closed = false;

  async function openJournal(folder: string): Promise<Journal> {
    const opened = await Journal.open({ folder, durability, minLogBytes, monotonic: () => clock.monotonic() }, table);
    journal = opened;
    await opened.append(table.makeRoom(clock.now()).map((id) => encodeFrame("delete", id)));
    return opened;
  }

  /** Every call begins here. After it nothing waits until the table and the order of the log have been changed together. */
  function ready(): Promise<Journal | null> {
    if (closed) return Promise.reject(new CacheStoreError("closed", "The cache store was closed. Make a new one."));
    if (path === undefined) return Promise.resolve(null);
    opening ??= openJournal(path).catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  }

  return {
    async open() {
      return (await ready())?.report ?? null;
    },
    get recovery() {
      return journal?.report ?? null;
    },
    get size() {
      return { entries: table.size, bytes: table.bytes };
    },
    async get(id, now) {
      await ready();
      return table.get(id, now);
    },
    async search(query) {
      await ready();
      return table.search(query);
    },
    async put(entry) {
      const log = await ready();
      const stored = table.prepare(entry);
      if (!log) {
        table.put(stored, clock.now());
        return;
      }
      const frame = encodePut(stored);
      const evicted = table.put(stored, clock.now());
      await log.append([frame, ...evicted.map((id) => encodeFrame("delete", id))]);
    },
    async update(id, patch) {
      const log = await ready();
      const record = table.record(id);
      if (!record) return false;
      const frame = log && encodeUpdate(id, patch, record.state);
      table.update(record, patch);
      if (log && frame) await log.append([frame]);
      return true;
    },
    async delete(filter) {
      const log = await ready();
      const matched = table.matching(filter);
      for (const record of matched) table.delete(record);
      await log?.append(matched.map(({ id }) => encodeFrame("delete", id)));
      return matched.length;
    },
    async *entries(filter = {}) {
      await ready();
      for (const record of table.matching(filter)) {
        if (table.record(record.id) === record) yield table.read(record);
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      // One that could not be opened has nothing to write.
      const log = await opening?.catch(() => null);
      try {
        await log?.close();
      } finally {
        table.clear();
      }
    },
  };
}
