import type { Bench, BenchOptions, BenchResult } from "../bench.ts";
import { mean, percentile } from "../statistics.ts";
import { type Contender, installedPeers, ourStore, plainLoop } from "./contenders.ts";
import { measureOpen } from "./open-time.ts";
import { makeVectors, nearestByLoop, rowOf } from "./vector-set.ts";

const SIZES = [
  { rows: 10_000, name: "10k", queries: 300 },
  { rows: 100_000, name: "100k", queries: 100 },
  { rows: 1_000_000, name: "1m", queries: 30 },
];
/** Peers with an index of their own take minutes to build a larger one. */
const PEER_ROWS = 100_000;
const DELETES = 200;

export const cacheSpeedBench: Bench = {
  name: "cache-speed",
  summary: "nearest entry among 10k, 100k and 1M of 384 dimensions in process, beside usearch, hnswlib-node, sqlite-vec and a plain loop",
  options: ["limit", "seed"],
  run: runCacheSpeedBench,
};

async function runCacheSpeedBench(options: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const metrics: Record<string, number> = {};
  const notes: string[] = [];
  const recalls: number[] = [];
  for (const size of SIZES.filter(({ rows }) => rows <= (options.limit ?? Infinity))) {
    say(`Making ${size.name} vectors`);
    const vectors = makeVectors(size.rows + size.queries, options.seed);
    const stored = vectors.subarray(0, vectors.length - size.queries * (vectors.length / (size.rows + size.queries)));
    const queries = Array.from({ length: size.queries }, (_, index) => rowOf(vectors, size.rows + index));
    const truth = queries.map((query) => nearestByLoop(stored, query));

    const { peers, missing } = size.rows <= PEER_ROWS ? await installedPeers(size.rows) : { peers: [], missing: [] };
    if (size.name === "10k" && missing.length > 0) notes.push(`Not installed here: ${missing.join("; ")}.`);
    for (const contender of [ourStore(size.rows), plainLoop(stored), ...peers]) {
      say(`  ${contender.name || "ours"}`);
      const figures = await measure(contender, stored, size.rows, queries, truth);
      await contender.close();
      const prefix = contender.name;
      metrics[`${prefix}p50_ms_${size.name}`] = figures.p50Ms;
      metrics[`${prefix}p99_ms_${size.name}`] = figures.p99Ms;
      metrics[`${prefix}recall_at_1_${size.name}`] = figures.recall;
      if (prefix === "") recalls.push(figures.recall);
      if (prefix !== "loop_") {
        metrics[`${prefix}insert_us_p50_${size.name}`] = figures.insertUs;
        metrics[`${prefix}delete_us_p50_${size.name}`] = figures.deleteUs;
        metrics[`${prefix}memory_over_vectors_${size.name}`] = figures.memory;
      }
      // The names that are compared between runs: of the largest size that everybody has.
      if (size.rows === PEER_ROWS || (options.limit !== undefined && options.limit < PEER_ROWS)) {
        metrics[`${prefix}recall_at_1`] = figures.recall;
        if (prefix !== "loop_") metrics[`${prefix}insert_us_p50`] = figures.insertUs;
      }
    }
  }
  metrics["recall_at_1"] = mean(recalls);
  if (PEER_ROWS <= (options.limit ?? Infinity)) {
    say("Opening a store of 100k entries on disk");
    const { wallMs, cpuMs } = await measureOpen(PEER_ROWS, options.seed);
    metrics["open_ms_100k"] = wallMs;
    metrics["open_cpu_ms_100k"] = cpuMs;
  }
  const rows = Object.entries(metrics).map(([name, value]) => `  ${name.padEnd(36)} ${value.toFixed(4)}`);
  return { config: { seed: options.seed, sizes: SIZES, dimension: 384 }, metrics, text: [...notes, ...rows].join("\n") };
}

interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly recall: number;
  readonly insertUs: number;
  readonly deleteUs: number;
  /** Growth of the process by the inserts, as a multiple of the raw vectors. */
  readonly memory: number;
}

async function measure(
  contender: Contender,
  vectors: Float32Array,
  rows: number,
  queries: readonly Float32Array[],
  truth: readonly number[],
): Promise<Figures> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const inserts: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    const started = performance.now();
    await contender.insert(row, rowOf(vectors, row));
    inserts.push((performance.now() - started) * 1000);
  }
  globalThis.gc?.();
  const memory = (process.memoryUsage().rss - before) / vectors.byteLength;
  for (const query of queries.slice(0, 3)) await contender.nearest(query);
  const times: number[] = [];
  let right = 0;
  for (const [index, query] of queries.entries()) {
    const started = performance.now();
    const found = await contender.nearest(query);
    times.push(performance.now() - started);
    if (found === truth[index]) right += 1;
  }
  const deletes: number[] = [];
  for (let row = 0; row < Math.min(DELETES, rows) && contender.delete; row += 1) {
    const started = performance.now();
    await contender.delete(row);
    deletes.push((performance.now() - started) * 1000);
  }
  return {
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    recall: right / queries.length,
    insertUs: percentile(inserts, 0.5),
    deleteUs: percentile(deletes, 0.5),
    memory,
  };
}
