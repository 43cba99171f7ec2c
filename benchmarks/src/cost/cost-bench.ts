import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { ChatOpenAI } from "@langchain/openai";
import { CostCallbackHandler } from "@langthrift/cost-callback";
import { type SqliteDatabaseLike, sqliteExporter } from "@langthrift/cost-callback/sqlite";
import { feedCalls } from "@langthrift/cost-callback/testing";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Bench, BenchOptions, BenchResult } from "../bench.ts";
import { percentile } from "../statistics.ts";

const MILLION = 1_000_000;
const CONCURRENT = 200;
const ROUNDS = 9;
const EXPORTED = 100_000;

export const costBench: Bench = {
  name: "cost",
  summary: "what counting costs: time of an event and of a call, memory and report over a million calls, rows exported to SQLite",
  options: ["limit"],
  run: runCostBench,
};

/** Hears of everything and does nothing: what LangChain's callbacks cost by themselves. */
class IdleHandler extends BaseCallbackHandler {
  readonly name = "idle";
  override awaitHandlers = true;
  override handleChatModelStart(): void {}
  override handleLLMEnd(): void {}
}

async function runCostBench(options: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const calls = options.limit ?? MILLION;
  say("Timing events");
  const events: number[] = [];
  feedCalls(new CostCallbackHandler(), { calls: 20_000, onEvent: (microseconds) => events.push(microseconds) });
  const warm = events.slice(events.length / 2);

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

  say(`Calling a 5 ms server, ${CONCURRENT} at a time: without a handler, with an idle one, with ours`);
  const call = await timeCalls();

  say("Exporting to SQLite");
  const rowsPerSecond = await timeSqlite();
  const metrics: Record<string, number> = {
    event_overhead_us_p50: percentile(warm, 0.5),
    event_overhead_us_p99: percentile(warm, 0.99),
    call_overhead_fraction: call.ours / call.none - 1,
    call_overhead_fraction_over_idle_handler: call.ours / call.idle - 1,
    call_ms_without_handler: call.none,
    ledger_bytes_per_call: grown / calls,
    report_ms_1m_calls: reportMs,
    ...(rowsPerSecond !== null && { sqlite_rows_per_s: rowsPerSecond }),
  };
  return {
    config: { calls, concurrent: CONCURRENT, rounds: ROUNDS, garbageCollected: globalThis.gc !== undefined },
    metrics,
    text: Object.entries(metrics)
      .map(([name, value]) => `  ${name.padEnd(42)} ${value.toFixed(4)}`)
      .join("\n"),
  };
}

/** Median time of a batch, per call, in ms. The three take turns, so that what else the machine does hits them alike. */
async function timeCalls(): Promise<{ none: number; idle: number; ours: number }> {
  const child = fork(fileURLToPath(new URL("serve-models.js", import.meta.url)), { stdio: "inherit" });
  const url = await new Promise<string>((resolve) => child.once("message", (message) => resolve(message as string)));
  const model = new ChatOpenAI({ model: "gpt-4.1-mini", apiKey: "local", maxRetries: 0, configuration: { baseURL: url } });
  const costs = new CostCallbackHandler();
  const kinds = { none: [], idle: [new IdleHandler()], ours: [costs] } as const;
  const times: Record<keyof typeof kinds, number[]> = { none: [], idle: [], ours: [] };
  for (let round = 0; round < ROUNDS + 2; round += 1) {
    for (const kind of ["none", "idle", "ours"] as const) {
      const started = performance.now();
      await Promise.all(
        Array.from({ length: CONCURRENT }, (_, index) => model.invoke(`Question ${index}?`, { callbacks: [...kinds[kind]] })),
      );
      // The first rounds open connections and compile.
      if (round >= 2) times[kind].push((performance.now() - started) / CONCURRENT);
    }
  }
  child.disconnect();
  return { none: percentile(times.none, 0.5), idle: percentile(times.idle, 0.5), ours: percentile(times.ours, 0.5) };
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
