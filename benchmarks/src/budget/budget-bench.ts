import { createPriceBook, nanoUsd } from "@langthrift/core";
import { BudgetKeeper, type BudgetStore, memoryBudgetStore } from "@langthrift/cost-callback";
import { redisBudgetStore } from "@langthrift/cost-callback/redis";
import { RACE_RESERVED_NANO_USD, raceBudget } from "@langthrift/cost-callback/testing";
import { createClient } from "redis";
import { type Bench, type BenchOptions, type BenchResult, UsageError } from "../bench.ts";
import { seededRandom } from "../random.ts";
import { percentile } from "../statistics.ts";
import { judge, RaceBooks, type RaceVerdict } from "./race-books.ts";
import { RaceProcesses, type RaceProcessOptions } from "./race-processes.ts";
import { type OwnRedis, startOwnRedis } from "./redis-server.ts";

const PROCESSES = 8;
const CONCURRENT = 50;
const CONCURRENT_IN_MEMORY = 1_000;
const SECONDS = 12;
const KILLS = 6;
/** 222 calls' worth: eight times fifty calls want more at once. A new budget each second keeps the race at the limit. */
const LIMIT_USD = 2;
const LIMIT_IN_MEMORY_USD = 5;
const BUDGET_EVERY_MS = 1_000;
const LEASE_MS = 1_500;
const TIMED_RESERVATIONS = 1_000;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const budgetBench: Bench = {
  name: "budget",
  summary: "do budgets hold: eight processes against one Redis, killed at random, Redis restarted; a thousand calls in memory",
  options: ["seed"],
  run: runBudgetBench,
};

async function runBudgetBench({ seed }: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const own = await startOwnRedis();
  const url = own?.url ?? process.env["REDIS_URL"];
  if (url === undefined) {
    throw new UsageError(
      "There is no Redis. Install one so that `redis-server` is on the PATH (apt-get install redis-server, brew install redis), or name one that runs in REDIS_URL (`npm run services:up` prints such a line). Only a Redis of its own is killed and restarted by the benchmark.",
    );
  }
  if (!own) say("No redis-server on the PATH: REDIS_URL is used, and Redis is not restarted in the race.");
  const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } });
  client.on("error", () => undefined);
  const prefix = `langthrift:bench:${process.pid}:${Date.now()}`;
  const options: RaceProcessOptions = {
    url,
    prefix,
    kind: "ours",
    seed,
    limitUsd: LIMIT_USD,
    concurrent: CONCURRENT,
    budgetEveryMs: BUDGET_EVERY_MS,
    leaseMs: LEASE_MS,
  };
  try {
    await client.connect();
    const store = redisBudgetStore(client, { prefix });
    say(`Racing for ${SECONDS} s: ${PROCESSES} processes, ${CONCURRENT} calls each at a time, ${KILLS} kills`);
    const race = await raceOverRedis(options, store, own);
    say("The same calls against a counter that is read, then added to");
    const naive = await raceNaively({ ...options, kind: "naive", prefix: `${prefix}:naive` });
    say(`Racing in memory: ${CONCURRENT_IN_MEMORY} calls at a time`);
    const memory = await raceInMemory(seed);
    say("Timing reservations of a single caller");
    const alone = await timeReservations(store);

    const over = Math.max(race.verdict.overLimitUsd, memory.verdict.overLimitUsd);
    const forgotten = race.verdict.forgottenUsd + memory.verdict.forgottenUsd;
    const held = race.verdict.leftHeldUsd + memory.verdict.leftHeldUsd;
    const metrics = {
      granted_over_limit_usd: over,
      forgotten_usd: forgotten,
      held_after_usd: held,
      reserve_p50_ms: percentile(alone, 0.5),
      reserve_p99_ms: percentile(alone, 0.99),
      reserve_in_race_p50_ms: percentile(race.books.reserveMs, 0.5),
      redis_granted_calls: race.books.granted,
      redis_refused_calls: race.books.refused,
      redis_budgets: race.books.budgets.size,
      killed_processes: race.killed,
      redis_restarts: own ? 1 : 0,
      charged_for_dead_calls_usd: race.verdict.chargedForDeadUsd,
      memory_granted_calls: memory.books.granted,
      memory_refused_calls: memory.books.refused,
      naive_granted_over_limit_usd: naive.overLimitUsd,
    };
    const broken = [
      ...(over > 0 ? [`$${over} more than a limit were granted`] : []),
      ...(forgotten > 0 ? [`$${forgotten} were forgotten`] : []),
      ...(held > 0 ? [`$${held} are held by no call`] : []),
      ...(race.books.refused === 0 || memory.books.refused === 0 ? ["no call was refused: the limit was never reached"] : []),
      ...(race.books.unsettled > 0 ? [`${race.books.unsettled} settlements did not reach Redis`] : []),
    ];
    const wide = Math.max(...Object.keys(metrics).map((name) => name.length));
    return {
      config: {
        seed,
        processes: PROCESSES,
        concurrent: CONCURRENT,
        seconds: SECONDS,
        limitUsd: LIMIT_USD,
        budgetEveryMs: BUDGET_EVERY_MS,
        reservedUsd: RACE_RESERVED_NANO_USD / 1e9,
        leaseMs: LEASE_MS,
        memoryConcurrent: CONCURRENT_IN_MEMORY,
        memoryLimitUsd: LIMIT_IN_MEMORY_USD,
        redisRestarted: own !== undefined,
        redisPersistence: own ? "appendonly, appendfsync always" : "as REDIS_URL has it",
      },
      metrics,
      text: Object.entries(metrics)
        .map(([name, value]) => `  ${name.padEnd(wide)} ${Number.isInteger(value) ? value : value.toFixed(4)}`)
        .join("\n"),
      broken,
    };
  } finally {
    if (!own) await removeKeys(client, prefix).catch(() => undefined);
    client.destroy();
    await own?.close();
  }
}

interface Race {
  readonly books: RaceBooks;
  readonly verdict: RaceVerdict;
  readonly killed: number;
}

async function raceOverRedis(options: RaceProcessOptions, store: BudgetStore, own: OwnRedis | undefined): Promise<Race> {
  const books = new RaceBooks();
  const processes = new RaceProcesses(books, options);
  const random = seededRandom(options.seed);
  const watch = setInterval(() => {
    for (const budgetId of [...books.budgets.keys()].slice(-2)) {
      store.read(totalOf(budgetId)).then(
        ({ spentNanoUsd, heldNanoUsd }) => {
          const book = books.book(budgetId);
          book.highest = Math.max(book.highest, spentNanoUsd + heldNanoUsd);
        },
        () => undefined,
      );
    }
  }, 25);
  try {
    const until = await processes.begin(PROCESSES, SECONDS);
    const startedAt = until - SECONDS * 1_000;
    const plan: { readonly at: number; readonly run: () => void | Promise<void> }[] = Array.from({ length: KILLS }, () => ({
      at: startedAt + random() * SECONDS * 900,
      run: () => processes.kill(Math.floor(random() * PROCESSES)),
    }));
    if (own) {
      const downMs = 200 + random() * 500;
      const at = startedAt + (0.3 + random() * 0.4) * SECONDS * 1_000;
      plan.push({
        at,
        run: async () => {
          await own.kill();
          await sleep(downMs);
          await own.start();
        },
      });
    }
    await Promise.all(
      plan.map(async ({ at, run }) => {
        await sleep(Math.max(0, at - Date.now()));
        await run();
      }),
    );
    await processes.ended();
  } finally {
    clearInterval(watch);
    processes.stop();
  }
  return { books, verdict: judge(books, await readEnds(books, store), LIMIT_USD), killed: processes.killed };
}

async function raceNaively(options: RaceProcessOptions): Promise<RaceVerdict> {
  const books = new RaceBooks();
  const processes = new RaceProcesses(books, options);
  try {
    await processes.begin(PROCESSES, 3);
    await processes.ended();
  } finally {
    processes.stop();
  }
  // Its own account is of no use here; what was billed tells how far over the limit it let the calls go.
  return judge(books, new Map(), LIMIT_USD);
}

async function raceInMemory(seed: number): Promise<Race> {
  const books = new RaceBooks();
  const store = memoryBudgetStore();
  await raceBudget({
    store,
    limitUsd: LIMIT_IN_MEMORY_USD,
    until: Date.now() + 4_000,
    concurrent: CONCURRENT_IN_MEMORY,
    budgetEveryMs: BUDGET_EVERY_MS,
    random: seededRandom(seed),
    tell: async (message) => {
      books.hear(message);
      if (message.kind === "done") return;
      const { spentNanoUsd, heldNanoUsd } = await store.read(totalOf(message.budgetId));
      const book = books.book(message.budgetId);
      book.highest = Math.max(book.highest, spentNanoUsd + heldNanoUsd);
    },
  });
  return { books, verdict: judge(books, await readEnds(books, store), LIMIT_IN_MEMORY_USD), killed: 0 };
}

/** What the store says when the leases of the dead have run out. */
async function readEnds(books: RaceBooks, store: BudgetStore): Promise<Map<string, { spentNanoUsd: number; heldNanoUsd: number }>> {
  const ends = new Map<string, { spentNanoUsd: number; heldNanoUsd: number }>();
  const deadline = Date.now() + LEASE_MS + 10_000;
  for (const budgetId of books.budgets.keys()) {
    let end = await store.read(totalOf(budgetId));
    while (end.heldNanoUsd > 0 && Date.now() < deadline) {
      await sleep(50);
      end = await store.read(totalOf(budgetId));
    }
    ends.set(budgetId, end);
  }
  return ends;
}

/** One caller at a time: the time that a budget adds to a call. */
async function timeReservations(store: BudgetStore): Promise<number[]> {
  const keeper = new BudgetKeeper({
    budgets: [{ id: "timed", limitUsd: 1_000_000, window: { kind: "total" }, reserveOutput: "max" }],
    store,
    prices: createPriceBook({ overrides: [{ model: "m", inputUsdPerMillion: 1, outputUsdPerMillion: 2 }] }),
    storeTimeoutMs: 5_000,
  });
  const times: number[] = [];
  for (let call = 0; call < TIMED_RESERVATIONS; call += 1) {
    const started = performance.now();
    const ticket = await keeper.admit({ model: "m", chain: [], tags: [], inputTokens: 1_000, maxOutputTokens: 4_000 });
    times.push(performance.now() - started);
    await ticket.settle(nanoUsd(1_000_000));
  }
  // The first ones load and compile.
  return times.slice(50);
}

function totalOf(budgetId: string): Parameters<BudgetStore["read"]>[0] {
  return { budgetId, window: { key: "total", start: 0, end: null, stepMs: 0 } };
}

/** Leaves a Redis that is not ours as it was. */
async function removeKeys(
  client: { scanIterator(options: { MATCH: string; COUNT: number }): AsyncIterable<string[]>; unlink(keys: string[]): Promise<unknown> },
  prefix: string,
): Promise<void> {
  for await (const keys of client.scanIterator({ MATCH: `*${prefix}*`, COUNT: 500 })) if (keys.length > 0) await client.unlink(keys);
}
