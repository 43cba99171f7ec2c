import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CacheStoreError } from "../cache-store-error.ts";
import type { EntryTable } from "../entry-table.ts";
import { decodePut, decodeUpdate } from "./entry-frames.ts";
import { FrameReader, type ReadFrame } from "./frame-reader.ts";

/** What opening the files found. All zero but `entries` after a clean end, and after a kill but for `tornBytes`. */
export interface RecoveryReport {
  /** Entries there are now. */
  readonly entries: number;
  /** Records whose content did not have its checksum. Their entries were dropped, unless `fellBack` brought them back. */
  readonly damaged: number;
  /** Bytes inside the files that belong to no record. */
  readonly unreadableBytes: number;
  /** Records that were read after one flipped bit was undone. */
  readonly repaired: number;
  /** Bytes of a write that had not finished, cut off the end of the log. It was never acknowledged. */
  readonly tornBytes: number;
  /** Whether a damaged snapshot was completed from the one before it. */
  readonly fellBack: boolean;
  readonly durationMs: number;
}

/** The files of a store: snapshot `n` is the state at the start of log `n`. */
export const FORMAT = "langthrift-cache";
export const FORMAT_VERSION = 1;

export interface Recovered {
  readonly report: Omit<RecoveryReport, "durationMs">;
  /** The newest generation and how far its log is sound; both 0 when there were no files. */
  readonly generation: number;
  readonly logSize: number;
}

interface FileResult {
  readonly damaged: number;
  readonly unreadable: number;
  readonly repaired: number;
  readonly torn: number;
  readonly soundEnd: number;
  readonly complete: boolean;
}

const CHUNK = 1024 * 1024;

export async function generationsOf(folder: string, kind: "snapshot" | "log"): Promise<number[]> {
  const names = await readdir(folder);
  const found = names.map((name) => new RegExp(`^${kind}-(\\d+)$`).exec(name)?.[1]).filter((digits) => digits !== undefined);
  return found.map(Number).sort((a, b) => a - b);
}

export function filePath(folder: string, kind: "snapshot" | "log", generation: number): string {
  return join(folder, `${kind}-${generation}`);
}

/** Reads what the folder holds into the table, which must be empty. */
export async function recover(folder: string, table: EntryTable): Promise<Recovered> {
  const snapshots = await generationsOf(folder, "snapshot");
  const logs = await generationsOf(folder, "log");
  const newest = snapshots.at(-1);
  let results: FileResult[] = [];
  let start = newest ?? 0;
  let fellBack = false;

  if (newest !== undefined) {
    const result = await readSnapshot(folder, newest, table);
    results.push(result);
    const former = snapshots.at(-2);
    if (!isSound(result) && former !== undefined && hasLogs(logs, former, newest)) {
      // The former one and the logs since give the same state; the damaged one is laid over it, and so costs nothing.
      table.clear();
      results = [await readSnapshot(folder, former, table)];
      for (const generation of logs.filter((log) => log >= former && log < newest)) results.push(await readLog(folder, generation, table));
      results.push(await readSnapshot(folder, newest, table));
      start = newest;
      fellBack = true;
    }
  }
  let last: FileResult | null = null;
  for (const generation of logs.filter((log) => log >= start)) {
    last = await readLog(folder, generation, table);
    results.push(last);
  }

  const sum = (field: "damaged" | "unreadable" | "repaired" | "torn") => results.reduce((total, result) => total + result[field], 0);
  return {
    report: {
      entries: table.size,
      damaged: sum("damaged"),
      unreadableBytes: sum("unreadable"),
      repaired: sum("repaired"),
      tornBytes: sum("torn"),
      fellBack,
    },
    generation: Math.max(newest ?? 0, logs.at(-1) ?? 0),
    logSize: last && (logs.at(-1) ?? -1) >= (newest ?? 0) ? last.soundEnd : 0,
  };
}

function hasLogs(logs: readonly number[], from: number, to: number): boolean {
  for (let generation = from; generation < to; generation += 1) if (!logs.includes(generation)) return false;
  return true;
}

function isSound({ complete, damaged, unreadable, torn }: FileResult): boolean {
  return complete && damaged + unreadable + torn === 0;
}

function readSnapshot(folder: string, generation: number, table: EntryTable): Promise<FileResult> {
  return readFrames(filePath(folder, "snapshot", generation), (frame) => {
    if (frame.type === "put" && !frame.damaged) table.restore(decodePut(frame.key, frame.body));
  });
}

/** A damaged record of a log may have been a newer answer or an end of it: the older one must not come back, so the entry goes. */
function readLog(folder: string, generation: number, table: EntryTable): Promise<FileResult> {
  return readFrames(filePath(folder, "log", generation), (frame) => {
    if (frame.type === "put" && !frame.damaged) {
      table.restore(decodePut(frame.key, frame.body));
      return;
    }
    const record = table.record(frame.key);
    if (frame.type === "update" && !frame.damaged) {
      if (record) table.update(record, decodeUpdate(frame.body, record.state));
    } else if (record) table.delete(record);
  });
}

async function readFrames(path: string, apply: (frame: ReadFrame) => void): Promise<FileResult> {
  const reader = new FrameReader();
  let damaged = 0;
  let complete = false;

  function applyAll(): void {
    for (const frame of reader.frames()) {
      if (frame.damaged) damaged += 1;
      if (frame.type === "end") complete = true;
      else if (frame.type === "file") {
        if (!frame.damaged) checkVersion(path, frame.body);
      } else {
        try {
          apply(frame);
        } catch (error) {
          if (error instanceof CacheStoreError) throw error;
          // Its checksum holds and yet it cannot be read: written by something else.
          damaged += 1;
        }
      }
    }
  }

  const handle = await open(path, "r");
  try {
    const chunk = Buffer.allocUnsafeSlow(CHUNK);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK);
      if (bytesRead === 0) break;
      reader.push(chunk.subarray(0, bytesRead));
      applyAll();
    }
  } finally {
    await handle.close();
  }
  reader.end();
  applyAll();
  const { size } = await stat(path);
  const { unreadable, repaired, soundEnd } = reader;
  return { damaged, unreadable, repaired, soundEnd, torn: size - soundEnd, complete };
}

function checkVersion(path: string, body: Buffer): void {
  const { format, version } = JSON.parse(body.toString("utf8")) as { format?: unknown; version?: unknown };
  if (format === FORMAT && typeof version === "number" && version <= FORMAT_VERSION) return;
  throw new CacheStoreError(
    "unavailable",
    `${path} is of format "${String(format)}" version ${String(version)}, this release reads "${FORMAT}" up to ${FORMAT_VERSION}. ` +
      "Update the package, or give it another `path`.",
  );
}
