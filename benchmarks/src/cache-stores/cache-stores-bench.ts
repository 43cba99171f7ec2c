import { MiniLMEmbeddings } from "@langthrift/embeddings";
import type { CacheStore } from "@langthrift/semantic-cache";
import { type Bench, type BenchOptions, type BenchResult, UsageError } from "../bench.ts";
import { readQueries } from "../cache/query-file.ts";
import { embedAll } from "../cache/vector-cache.ts";
import { mean, percentile } from "../statistics.ts";
import { connectTo } from "./redis-servers.ts";
import { type StoreKind, storeKinds } from "./store-kinds.ts";

/** The last questions of the file are asked, all others are stored. */
const ASKED = 300;
const NEAREST = 10;
const PARTITION = "bench";

export const cacheStoresBench: Bench = {
  name: "cache-stores",
  summary:
    "what fewer bits a number cost each store in recall and save in bytes; REDIS_URL, REDIS_STACK_URL and REDIS_VECTORSET_URL name servers",
  options: ["queries", "limit"],
  run: runCacheStoresBench,
};

async function runCacheStoresBench(options: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const queries = readQueries(options.queries, options.limit);
  const stored = queries.length - ASKED;
  if (stored < ASKED)
    throw new UsageError(`${queries.length} questions are too few: ${ASKED} of them are asked, at least as many are stored.`);
  say(`Embedding ${queries.length} questions`);
  const { vectors, dimension } = await embedAll(
    new MiniLMEmbeddings(),
    queries.map(({ text }) => text),
    say,
  );
  const rows = queries.map((_, row) => vectors.subarray(row * dimension, (row + 1) * dimension));
  const [kept, asked] = [rows.slice(0, stored), rows.slice(stored)];
  const truth = asked.map((vector) => nearestRows(kept, vector));

  const metrics: Record<string, number> = { entries: stored, dimension };
  const lines = [`  ${"store".padEnd(28)} recall@1  recall@10  bytes an entry  search p50 ms`];
  const notes: string[] = [];
  for (const kind of storeKinds) {
    say(`  ${kind.name}`);
    try {
      const figures = await measure(kind, kept, asked, truth);
      if (!figures) {
        notes.push(`${kind.name}: ${kind.server} is not set.`);
        continue;
      }
      for (const [name, value] of Object.entries(figures)) metrics[`${kind.name}_${name}`] = value;
      const { recall_at_1: one, recall_at_10: ten, bytes_per_entry: bytes, search_p50_ms: ms } = figures;
      const columns = [one.toFixed(4).padStart(8), ten.toFixed(4).padStart(10), bytes.toFixed(0).padStart(15), ms.toFixed(2).padStart(14)];
      lines.push(`  ${kind.name.padEnd(28)} ${columns.join(" ")}`);
    } catch (error) {
      notes.push(`${kind.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const text = [
    `${stored} entries of ${dimension} numbers, ${ASKED} questions; recall against brute force over 32-bit numbers. Bytes are the server's memory, its index included.`,
    ...lines,
    ...notes,
  ].join("\n");
  return { config: { queries: options.queries, entries: stored, asked: ASKED, dimension }, metrics, text };
}

interface Figures {
  readonly recall_at_1: number;
  readonly recall_at_10: number;
  readonly bytes_per_entry: number;
  readonly search_p50_ms: number;
}

/** `null` when there is no server for it. */
async function measure(
  kind: StoreKind,
  kept: readonly Float32Array[],
  asked: readonly Float32Array[],
  truth: readonly (readonly number[])[],
): Promise<(Figures & Record<string, number>) | null> {
  const server = kind.server && (await connectTo(kind.server));
  if (kind.server && !server) return null;
  const prefix = `bench:${process.pid}:${kind.name}`;
  const store = kind.create(server, prefix);
  try {
    // The index and the first partition are there before the memory is read.
    await store.search({ partition: PARTITION, vector: asked[0] as Float32Array, k: 1, now: Date.now() });
    const before = server ? await server.usedBytes() : 0;
    await fill(store, kept);
    const bytes = server ? (await server.usedBytes()) - before : (store as { size?: { bytes: number } }).size?.bytes;

    const times: number[] = [];
    const recalls: { one: number; ten: number }[] = [];
    for (const [index, vector] of asked.entries()) {
      const started = performance.now();
      const near = await store.search({ partition: PARTITION, vector, k: NEAREST, now: Date.now() });
      times.push(performance.now() - started);
      const found = near.map(({ entry }) => Number(entry.id));
      const right = truth[index] as readonly number[];
      recalls.push({ one: found[0] === right[0] ? 1 : 0, ten: right.filter((row) => found.includes(row)).length / right.length });
    }
    return {
      recall_at_1: mean(recalls.map(({ one }) => one)),
      recall_at_10: mean(recalls.map(({ ten }) => ten)),
      bytes_per_entry: (bytes ?? Number.NaN) / kept.length,
      search_p50_ms: percentile(times, 0.5),
    };
  } finally {
    await store.delete({}).catch(() => undefined);
    if (server) await kind.cleanUp?.(server, prefix).catch(() => undefined);
    await store.close();
    server?.close();
  }
}

async function fill(store: CacheStore, vectors: readonly Float32Array[]): Promise<void> {
  const entry = { partition: PARTITION, scope: PARTITION, model: PARTITION, tags: [], createdAt: Date.now(), expiresAt: Infinity };
  for (const [row, vector] of vectors.entries()) {
    await store.put({ ...entry, id: String(row), vector, payload: "{}", state: { uses: 0, nanoUsd: null, labels: [] } });
  }
}

/** The nearest rows by brute force, closest first. */
function nearestRows(rows: readonly Float32Array[], query: Float32Array): number[] {
  const scored = rows.map((row, index) => ({ index, similarity: row.reduce((sum, value, at) => sum + value * (query[at] as number), 0) }));
  return scored
    .sort((a, b) => b.similarity - a.similarity || a.index - b.index)
    .slice(0, NEAREST)
    .map(({ index }) => index);
}
