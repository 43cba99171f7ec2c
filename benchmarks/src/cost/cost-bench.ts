import { CostCallbackHandler } from "@langthrift/cost-callback";
import { type SqliteDatabaseLike, sqliteExporter } from "@langthrift/cost-callback/sqlite";
import { feedCalls } from "@langthrift/cost-callback/testing";
import type { Bench, BenchOptions, BenchResult } from "../bench.ts";
import { mean, percentile } from "../statistics.ts";
import { timeCalls } from "./time-calls.ts";

const MILLION = 1_000_000;
const CONCURRENT = 200;
const ROUNDS = 60;
const EXPORTED = 100_000;

export const costBench: Bench = {
  name: "cost",
  summary: "what counting costs: time of an event and of a call, memory and report over a million calls, rows exported to SQLite",
  options: ["limit", "seed"],
  run: runCostBench,
};

async function runCostBench(options: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const calls = options.limit ?? MILLION;
  say("Timing events");
  const events: number[] = [];
  feedCalls(new CostCallbackHandler(), { calls: 20_000, onEvent: (microseconds) => events.push(microseconds) });
  const warm = events.slice(events.length / 2);

  say(`Calling a 5 ms server, ${CONCURRENT} at a time: without a handler, with an idle one, with ours`);
  const call = await timeCalls({ concurrent: CONCURRENT, rounds: ROUNDS, seed: options.seed });

  say(`Recording ${calls} calls`);
  const costs = new CostCallbackHandler();
  feedCalls(costs, { calls: Math.min(calls, 50_000) });
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  feedCalls(costs, { calls: calls - Math.min(calls, 50_000), from: 50_000 });
  globalThis.gc?.();
  const grown = Math.max(0, process.memoryUsage().heapUsed - before);
  const started = performance.now();
  for (const by of ["model", "feature", "user", "tenant"] as const) costs.summary({ by });
  const reportMs = performance.now() - started;

  say("Exporting to SQLite");
  const rowsPerSecond = await timeSqlite();
  const metrics: Record<string, number> = {
    event_overhead_us_p50: percentile(warm, 0.5),
    event_overhead_us_p99: percentile(warm, 0.99),
    // With the bookkeeping that is done for many calls at once.
    event_overhead_us_mean: mean(warm),
    // Of the processor time that a call takes without a handler: at 200 at a time, that is what calls wait for.
    call_overhead_fraction: call.cpuOverhead.median,
    call_overhead_fraction_low: call.cpuOverhead.low,
    call_overhead_fraction_high: call.cpuOverhead.high,
    call_overhead_fraction_over_idle_handler: call.cpuOverheadOverIdle.median,
    call_overhead_fraction_over_idle_handler_low: call.cpuOverheadOverIdle.low,
    call_overhead_fraction_over_idle_handler_high: call.cpuOverheadOverIdle.high,
    call_overhead_fraction_wall: call.wallOverhead.median,
    call_overhead_fraction_wall_low: call.wallOverhead.low,
    call_overhead_fraction_wall_high: call.wallOverhead.high,
    call_inside_handler_us: call.insideUs,
    call_afterwards_us: call.afterwardsUs,
    call_inside_handler_fraction: call.insideUs / 1_000 / call.cpuMsOfCall,
    call_cpu_ms_without_handler: call.cpuMsOfCall,
    call_wall_ms_without_handler: call.wallMsOfCall,
    ledger_bytes_per_call: grown / calls,
    report_ms_1m_calls: reportMs,
    ...(rowsPerSecond !== null && { sqlite_rows_per_s: rowsPerSecond }),
  };
  return {
    config: { calls, concurrent: CONCURRENT, rounds: ROUNDS, garbageCollected: globalThis.gc !== undefined },
    metrics,
    text: Object.entries(metrics)
      .map(([name, value]) => `  ${name.padEnd(46)} ${value.toFixed(4)}`)
      .join("\n"),
  };
}

async function timeSqlite(): Promise<number | null> {
  let open: (() => SqliteDatabaseLike & { close(): void }) | undefined;
  for (const name of ["node:sqlite", "@photostructure/sqlite"]) {
    try {
      const { DatabaseSync } = (await import(name)) as { DatabaseSync: new (path: string) => SqliteDatabaseLike & { close(): void } };
      open = () => new DatabaseSync(":memory:");
      break;
    } catch {
      // Node 20 has no `node:sqlite`.
    }
  }
  if (!open) return null;
  const database = open();
  const costs = new CostCallbackHandler({ exporters: [sqliteExporter({ database })], recentEntries: EXPORTED });
  const started = performance.now();
  // In batches, as a program's calls come: the queue of an exporter is bounded.
  for (let from = 0; from < EXPORTED; from += 1000) {
    feedCalls(costs, { calls: 1000, from });
    await costs.flush();
  }
  const seconds = (performance.now() - started) / 1000;
  const { n } = (database.prepare("SELECT count(*) AS n FROM llm_costs") as unknown as { get(): { n: number } }).get();
  database.close();
  if (n < EXPORTED) throw new Error(`Only ${n} of ${EXPORTED} rows arrived.`);
  return EXPORTED / seconds;
}
