import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EntryRecord } from "../entry-record.ts";
import type { EntryTable } from "../entry-table.ts";
import { AppendLog } from "./append-log.ts";
import { encodePut } from "./entry-frames.ts";
import { encodeFrame } from "./frame.ts";
import { lockFile } from "./lock-file.ts";
import { filePath, FORMAT, FORMAT_VERSION, generationsOf, recover, type RecoveryReport } from "./recovery.ts";

export interface JournalOptions {
  /** A folder of its own; made when it is not there. */
  readonly folder: string;
  readonly durability: "process" | "disk";
  /** Log below which no snapshot is written, in bytes. */
  readonly minLogBytes: number;
  readonly monotonic: () => number;
}

/** Bytes of a snapshot between two turns of the event loop. */
const CHUNK = 1024 * 1024;

/**
 * The files of a store: a log of every change, and a snapshot from which the log starts. A snapshot is written beside the running log:
 * it may hold some changes already that the new log repeats, since every record says how an entry is afterwards.
 */
export class Journal {
  readonly report: RecoveryReport;
  readonly #options: JournalOptions;
  readonly #table: EntryTable;
  readonly #unlock: () => Promise<void>;
  #generation: number;
  #log: AppendLog;
  #compaction: Promise<void> | null = null;
  #failedWrites = 0;

  private constructor(
    options: JournalOptions,
    table: EntryTable,
    unlock: () => Promise<void>,
    opened: { report: RecoveryReport; generation: number; log: AppendLog },
  ) {
    this.#options = options;
    this.#table = table;
    this.#unlock = unlock;
    this.report = opened.report;
    this.#generation = opened.generation;
    this.#log = opened.log;
  }

  /** Reads the files into the table, which must be empty, and makes this process the one that writes them. */
  static async open(options: JournalOptions, table: EntryTable): Promise<Journal> {
    const { folder, durability, monotonic } = options;
    const startedAt = monotonic();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const unlock = await lockFile(join(folder, "lock"));
    try {
      const { report, generation, logSize } = await recover(folder, table);
      const log = await AppendLog.open({ path: filePath(folder, "log", generation), size: logSize, durability });
      if (logSize === 0) await log.append(fileFrame("log", generation));
      const journal = new Journal(options, table, unlock, {
        report: { ...report, durationMs: monotonic() - startedAt },
        generation,
        log,
      });
      // Damaged files are replaced, so that the damage is reported once and cannot grow.
      if (report.damaged + report.unreadableBytes + report.repaired > 0) journal.#startCompaction();
      return journal;
    } catch (error) {
      table.clear();
      await unlock();
      throw error;
    }
  }

  /** Resolves when the frames are written. To be called in the same turn in which the table was changed. */
  async append(frames: readonly Buffer[]): Promise<void> {
    if (frames.length === 0) return;
    try {
      await this.#log.append(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames));
    } catch (error) {
      // The table is now ahead of the files: the next snapshot brings them level.
      this.#failedWrites += 1;
      throw error;
    }
    const { minLogBytes } = this.#options;
    if (this.#failedWrites > 0 || this.#log.size > Math.max(minLogBytes, 2 * this.#table.bytes)) this.#startCompaction();
  }

  /** Waits for a snapshot that is being written. */
  async settled(): Promise<void> {
    await this.#compaction;
  }

  async close(): Promise<void> {
    try {
      await this.settled();
      await this.#log.close();
    } finally {
      await this.#unlock();
    }
  }

  #startCompaction(): void {
    // A snapshot that fails costs nothing: the logs go on, and the next write tries again.
    this.#compaction ??= this.#compact()
      .catch(() => undefined)
      .finally(() => {
        this.#compaction = null;
      });
  }

  async #compact(): Promise<void> {
    const { folder, durability } = this.#options;
    const failedBefore = this.#failedWrites;
    const generation = this.#generation + 1;
    const log = await AppendLog.open({ path: filePath(folder, "log", generation), size: 0, durability });
    await log.append(fileFrame("log", generation));
    const former = this.#log;
    this.#log = log;
    this.#generation = generation;
    await former.close();

    const path = filePath(folder, "snapshot", generation);
    await this.#writeSnapshot(`${path}.draft`, generation);
    await rename(`${path}.draft`, path);
    await syncFolder(folder);
    this.#failedWrites -= failedBefore;
    await this.#removeOld(generation);
  }

  async #writeSnapshot(draft: string, generation: number): Promise<void> {
    const handle = await open(draft, "w", 0o600);
    try {
      let entries = 0;
      let bytes = 0;
      let frames = [fileFrame("snapshot", generation)];
      const flush = async (): Promise<void> => {
        await handle.writeFile(Buffer.concat(frames));
        frames = [];
        bytes = 0;
      };
      // What is put from now on is in the new log.
      for (const record of this.#table.recordsUpTo(this.#table.order)) {
        const frame = encodePut(storedEntry(this.#table, record));
        frames.push(frame);
        entries += 1;
        bytes += frame.length;
        if (bytes >= CHUNK) await flush();
      }
      frames.push(encodeFrame("end", "", Buffer.from(JSON.stringify({ entries }))));
      await flush();
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Keeps the former snapshot and its logs, for the case that this one turns out damaged. */
  async #removeOld(generation: number): Promise<void> {
    const { folder } = this.#options;
    const snapshots = await generationsOf(folder, "snapshot");
    const former = snapshots.filter((other) => other < generation).at(-1) ?? 0;
    for (const kind of ["snapshot", "log"] as const) {
      for (const other of await generationsOf(folder, kind)) {
        if (other < former) await rm(filePath(folder, kind, other), { force: true });
      }
    }
  }
}

function storedEntry(table: EntryTable, record: EntryRecord): Parameters<typeof encodePut>[0] {
  const { id, partition, scope, model, tags, createdAt, expiresAt, aliasOf, payload, state } = record;
  const alias = aliasOf === undefined ? {} : { aliasOf };
  return {
    id,
    partition: partition.name,
    scope: scope.name,
    model,
    tags,
    createdAt,
    expiresAt,
    ...alias,
    payload,
    state,
    vector: table.vectorOf(record),
  };
}

function fileFrame(kind: "snapshot" | "log", generation: number): Buffer {
  return encodeFrame("file", "", Buffer.from(JSON.stringify({ format: FORMAT, version: FORMAT_VERSION, kind, generation })));
}

async function syncFolder(folder: string): Promise<void> {
  // Windows has no handle of a folder; there a rename is durable by itself.
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
