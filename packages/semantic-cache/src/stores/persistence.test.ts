import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CacheEntry } from "../cache-store.ts";
import { crashEntry } from "./__fixtures__/crash-entry.ts";
import { encodeFrame } from "./journal/frame.ts";
import { generationsOf } from "./journal/recovery.ts";
import { memoryCacheStore, type MemoryCacheStore, type MemoryCacheStoreOptions } from "./memory-cache-store.ts";

/** Bits between two that are flipped; set the variable to 1 to flip every single one of the files, which takes some minutes. */
const flipStride = Number(process.env["LANGTHRIFT_FLIP_STRIDE"] ?? 1021);

let root = "";
let folders = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "semantic-cache-files-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function newFolder(): string {
  return join(root, String((folders += 1)));
}

async function contents(store: MemoryCacheStore): Promise<Map<string, CacheEntry>> {
  const found = new Map<string, CacheEntry>();
  for await (const entry of store.entries()) found.set(entry.id, entry);
  return found;
}

/** Opens the files, hands over what they hold, and leaves them. */
async function reopened(path: string, options: MemoryCacheStoreOptions = {}) {
  const store = memoryCacheStore({ path, ...options });
  const report = await store.open();
  const entries = await contents(store);
  await store.close();
  return { report, entries };
}

/**
 * A small history: some entries in a snapshot, changes of every kind in the log, and the generation before it. The same bytes each time:
 * a snapshot is written exactly when the log holds the replacements of one round, not when the disk finds the time.
 */
async function sampleStore(): Promise<{ path: string; expected: Map<string, CacheEntry> }> {
  const path = newFolder();
  let version = 1;
  for (let round = 0; round < 2; round += 1) {
    const writing = memoryCacheStore({ path });
    if (round === 0) for (let i = 0; i < 4; i += 1) await writing.put(crashEntry(`e${i}`, 1));
    // Only replacements make a log long for what it holds.
    for (let i = 0; i < 30; i += 1) await writing.put(crashEntry("e0", (version += 1)));
    await writing.close();
    const compacting = memoryCacheStore({ path, minLogBytes: 0 });
    await compacting.put(crashEntry("e0", (version += 1)));
    await compacting.close();
  }
  const store = memoryCacheStore({ path });
  await store.put(crashEntry("e1", 2));
  await store.update("e2", { payload: "updated", expiresAt: 5e12, state: { uses: 2, nanoUsd: null, blocked: true, labels: [] } });
  for (let i = 0; i < 5; i += 1) await store.put(crashEntry("e0", (version += 1)));
  await store.delete({ ids: ["e3"] });
  await store.put({ ...crashEntry("e5", 1), vector: null, aliasOf: "e1", tags: [] });
  const expected = await contents(store);
  await store.close();
  return { path, expected };
}

async function filesOf(path: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of await readdir(path)) files.set(name, await readFile(join(path, name)));
  return files;
}

async function newFolderWith(files: ReadonlyMap<string, Buffer>): Promise<string> {
  const path = newFolder();
  await mkdir(path);
  for (const [name, bytes] of files) await writeFile(join(path, name), bytes);
  return path;
}

/** The file of a kind that was begun last. */
async function newestOf(path: string, kind: "snapshot" | "log"): Promise<string> {
  return `${kind}-${(await generationsOf(path, kind)).at(-1)}`;
}

describe("the files of the in-process store", () => {
  it("bring back what was there", async () => {
    const { path, expected } = await sampleStore();
    expect((await readdir(path)).sort()).toEqual(["log-1", "log-2", "snapshot-1", "snapshot-2"]);
    const { report, entries } = await reopened(path);
    expect(entries).toEqual(expected);
    expect(report).toMatchObject({ entries: 4, damaged: 0, unreadableBytes: 0, repaired: 0, tornBytes: 0, fellBack: false });
    expect(entries.get("e2")).toMatchObject({ payload: "updated", state: { uses: 2, nanoUsd: null, blocked: true, labels: [] } });
  });

  it("lose nothing but the unfinished write when the log is torn somewhere", async () => {
    const path = newFolder();
    const store = memoryCacheStore({ path });
    const ends: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      await store.put(crashEntry(`e${i}`, 1));
      ends.push((await readFile(join(path, "log-0"))).length);
    }
    await store.close();
    const files = await filesOf(path);
    const log = files.get("log-0") as Buffer;
    for (let size = log.length; size >= 0; size -= 29) {
      const torn = await newFolderWith(new Map([["log-0", log.subarray(0, size)]]));
      const { entries, report } = await reopened(torn);
      expect([...entries.keys()]).toEqual(["e0", "e1", "e2"].slice(0, ends.filter((end) => end <= size).length));
      expect(report).toMatchObject({ damaged: 0, unreadableBytes: 0 });
      await rm(torn, { recursive: true });
    }
  });

  it("go on after a torn write", async () => {
    const { path, expected } = await sampleStore();
    const log = join(path, await newestOf(path, "log"));
    await writeFile(log, encodeFrame("put", "unfinished", Buffer.alloc(500)).subarray(0, 300), { flag: "a" });
    const store = memoryCacheStore({ path });
    expect(await store.open()).toMatchObject({ tornBytes: 300 });
    await store.put(crashEntry("after", 1));
    await store.close();
    const { entries, report } = await reopened(path);
    expect(entries).toEqual(new Map([...expected, ["after", await contentsOf(crashEntry("after", 1))]]));
    expect(report).toMatchObject({ tornBytes: 0, unreadableBytes: 0 });
  });

  it("notice a flipped bit, at the cost of no more than the entry it touches", { timeout: 30_000 + 6e7 / flipStride }, async () => {
    const { path, expected } = await sampleStore();
    const files = await filesOf(path);
    // Older files are not read: they are there for the case that the newest snapshot is damaged.
    for (const name of [await newestOf(path, "snapshot"), await newestOf(path, "log")]) {
      const bytes = files.get(name) as Buffer;
      for (let bit = Math.min(3, flipStride - 1); bit < bytes.length * 8; bit += flipStride) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        const damagedPath = await newFolderWith(new Map(files).set(name, flipped));
        const { report, entries } = await reopened(damagedPath);
        for (const [id, entry] of entries) expect(entry).toEqual(expected.get(id));
        expect(entries.size).toBeGreaterThanOrEqual(expected.size - 1);
        const { damaged = 0, unreadableBytes = 0, repaired = 0, tornBytes = 0 } = report ?? {};
        expect(damaged + unreadableBytes + repaired + tornBytes).toBeGreaterThan(0);
        // The damage is gone after it was found once.
        const again = await reopened(damagedPath);
        expect(again.entries).toEqual(entries);
        expect(again.report).toMatchObject({ damaged: 0, unreadableBytes: 0, repaired: 0 });
        await rm(damagedPath, { recursive: true });
      }
    }
  });

  it("survive any damage of one stretch", async () => {
    const { path, expected } = await sampleStore();
    const files = await filesOf(path);
    const newest = await newestOf(path, "log");
    const bytes = files.get(newest) as Buffer;
    for (let from = 0; from < bytes.length; from += 97) {
      const damaged = Buffer.from(bytes).fill(0, from, Math.min(bytes.length, from + 40));
      const damagedPath = await newFolderWith(new Map(files).set(newest, damaged));
      const { entries, report } = await reopened(damagedPath);
      // An entry may be back in a former state where a record is beyond recognition; it is never a mixture.
      for (const [id, entry] of entries) {
        const former = crashEntry(id, Number(entry.payload.split(":")[1])).payload;
        expect([expected.get(id)?.payload, former]).toContain(entry.payload);
      }
      expect(report && report.damaged + report.unreadableBytes + report.repaired + report.tornBytes).toBeGreaterThan(0);
      await rm(damagedPath, { recursive: true });
    }
  });

  it("fall back to the former snapshot and the log since", async () => {
    const { path, expected } = await sampleStore();
    const newest = join(path, await newestOf(path, "snapshot"));
    const { length } = await readFile(newest);
    await truncate(newest, length >> 1);
    const { entries, report } = await reopened(path);
    expect(entries).toEqual(expected);
    expect(report?.fellBack).toBe(true);
  });

  it("have one writer at a time", async () => {
    const path = newFolder();
    const first = memoryCacheStore({ path });
    await first.put(crashEntry("a", 1));
    const second = memoryCacheStore({ path });
    await expect(second.get("a", 2)).rejects.toMatchObject({ reason: "locked" });
    await first.close();
    // It tries again by itself.
    expect((await second.get("a", 2))?.id).toBe("a");
    await second.close();
  });

  it("take over the lock of a process that is gone", async () => {
    const path = newFolder();
    const first = memoryCacheStore({ path });
    await first.put(crashEntry("a", 1));
    const lock = JSON.parse(await readFile(join(path, "lock"), "utf8")) as { pid: number };
    await first.close();
    await writeFile(join(path, "lock"), JSON.stringify({ ...lock, pid: 999_999_999 }));
    expect((await reopened(path)).entries.size).toBe(1);
    await writeFile(join(path, "lock"), JSON.stringify({ ...lock, host: "elsewhere" }));
    await expect(memoryCacheStore({ path }).open()).rejects.toMatchObject({ reason: "locked" });
  });

  it("are left alone when a later release wrote them", async () => {
    const later = encodeFrame("file", "", Buffer.from(JSON.stringify({ format: "langthrift-cache", version: 2 })));
    const laterPath = await newFolderWith(new Map([["log-0", later]]));
    await expect(memoryCacheStore({ path: laterPath }).open()).rejects.toMatchObject({ reason: "unavailable" });
    expect(await readFile(join(laterPath, "log-0"))).toEqual(later);
  });

  it("shrink when entries were replaced often, while changes go on", async () => {
    const path = newFolder();
    const store = memoryCacheStore({ path, minLogBytes: 10_000 });
    for (let round = 1; round <= 60; round += 1) {
      for (let i = 0; i < 10; i += 1) await store.put(crashEntry(`e${i}`, round));
      if (round % 7 === 0) await store.delete({ ids: ["e3"] });
    }
    // The first log goes when its snapshot has been replaced; how many writes that takes is the disk's affair.
    for (let round = 61; (await readdir(path)).includes("log-0"); round += 1) await store.put(crashEntry("e0", round));
    const expected = await contents(store);
    await store.close();
    expect((await reopened(path)).entries).toEqual(expected);
  });

  it("keep to the limits of the store that opens them", async () => {
    const path = newFolder();
    const store = memoryCacheStore({ path });
    for (let i = 0; i < 20; i += 1) await store.put(crashEntry(`e${i}`, 1));
    await store.close();
    expect((await reopened(path, { maxEntries: 5 })).entries.size).toBe(5);
    expect((await reopened(path)).entries.size).toBe(5);
  });

  it("reject calls after the store was closed", async () => {
    const store = memoryCacheStore({ path: newFolder() });
    await store.close();
    await expect(store.get("a", 0)).rejects.toMatchObject({ reason: "closed" });
  });
});

/** The entry as a store gives it back. */
async function contentsOf(entry: CacheEntry): Promise<CacheEntry> {
  const store = memoryCacheStore();
  await store.put(entry);
  return (await store.get(entry.id, 2)) as CacheEntry;
}
