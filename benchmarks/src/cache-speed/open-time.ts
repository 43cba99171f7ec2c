import { memoryCacheStore } from "@langthrift/semantic-cache";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentile } from "../statistics.ts";
import { makeVectors, rowOf } from "./vector-set.ts";

const OPENS = 5;
/** A short answer of a support desk. */
const PAYLOAD = JSON.stringify({
  text: "Open the settings, choose your account and press reset; the link is valid for an hour. ".repeat(2),
});

export interface OpenTime {
  /** Median, ms. */
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** How long a store of so many entries takes to be read from its files: a snapshot and the log after it. */
export async function measureOpen(rows: number, seed: number): Promise<OpenTime> {
  const path = await mkdtemp(join(tmpdir(), "langthrift-open-"));
  const options = { path, maxEntries: rows + 1000 };
  try {
    const vectors = makeVectors(rows, seed);
    const filled = memoryCacheStore(options);
    const base = { partition: "bench", scope: "bench", model: "bench", tags: [], createdAt: 0, expiresAt: Infinity, payload: PAYLOAD };
    for (let from = 0; from < rows; from += 1000) {
      await Promise.all(
        Array.from({ length: Math.min(1000, rows - from) }, (_, at) =>
          filled.put({
            ...base,
            state: { uses: 0, nanoUsd: null, labels: [] },
            id: String(from + at),
            vector: rowOf(vectors, from + at),
          }),
        ),
      );
    }
    await filled.close();
    const walls: number[] = [];
    const cpus: number[] = [];
    for (let open = 0; open < OPENS; open += 1) {
      const cpu = process.cpuUsage();
      const started = performance.now();
      const store = memoryCacheStore(options);
      await store.open();
      walls.push(performance.now() - started);
      const spent = process.cpuUsage(cpu);
      cpus.push((spent.user + spent.system) / 1000);
      if (store.size.entries !== rows)
        throw new Error(`Only ${store.size.entries} of ${rows} entries were there after the store was opened.`);
      await store.close();
    }
    return { wallMs: percentile(walls, 0.5), cpuMs: percentile(cpus, 0.5) };
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}
