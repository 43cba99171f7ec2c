import { usd } from "@langthrift/core";
import { type ChildProcess, execFileSync, fork, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RaceMessage } from "./race-budget.ts";
import { redisBudgetStore } from "./redis-budget-store.ts";

const LIMIT_USD = 6;
const hasServer = spawnSync("redis-server", ["--version"]).status === 0;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A Redis of the test's own, since it is killed in the middle. Every write is on disk before it is answered. */
function startRedis(port: number, dir: string): ChildProcess {
  const options = ["--port", String(port), "--dir", dir, "--save", "", "--appendonly", "yes", "--appendfsync", "always"];
  return spawn("redis-server", options, { stdio: "ignore" });
}

describe.skipIf(!hasServer)("a budget that eight processes share (needs redis-server on the PATH)", () => {
  const dir = mkdtempSync(join(tmpdir(), "langthrift-race-"));
  let redis: ChildProcess;
  let port = 0;
  let worker = "";

  beforeAll(async () => {
    port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, "127.0.0.1", () => {
        const { port: free } = probe.address() as { port: number };
        probe.close(() => resolve(free));
      });
    });
    redis = startRedis(port, dir);
    // Node 20 does not run TypeScript: the worker is built first.
    const source = fileURLToPath(new URL("__fixtures__/race-worker.ts", import.meta.url));
    const tsdown = join(createRequire(import.meta.url).resolve("tsdown/package.json"), "..", "dist", "run.mjs");
    const options = [
      "--no-config",
      "--format",
      "esm",
      "--platform",
      "node",
      "--out-dir",
      join(dir, "worker"),
      "--no-dts",
      "--logLevel",
      "error",
    ];
    const root = fileURLToPath(new URL("../..", import.meta.url));
    execFileSync(process.execPath, [tsdown, source, ...options, "--noExternal", "/.*/"], { cwd: root, stdio: "inherit" });
    worker = join(dir, "worker", "race-worker.mjs");
  });
  afterAll(() => {
    redis.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  });

  it("never grants more than the limit and forgets nothing, though processes and Redis are killed", async () => {
    const url = `redis://127.0.0.1:${port}`;
    let granted = 0;
    /** What all calls that were given leave cost, settled or not: the dead ones too are billed. */
    let billed = 0;
    let refused = 0;
    let unsettled = 0;
    const workers = Array.from({ length: 8 }, () => {
      const child = fork(worker, [url, String(LIMIT_USD), "4"]);
      child.on("message", (message: RaceMessage) => {
        if (message.kind === "granted") {
          granted += 1;
          billed += message.actual;
        } else if (message.kind === "done") {
          refused += message.refused;
          unsettled += message.unsettled;
        }
      });
      return { child, exited: new Promise((resolve) => child.once("exit", resolve)) };
    });
    const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } });
    client.on("error", () => undefined);
    await sleep(300);
    await client.connect();
    const store = redisBudgetStore(client);
    const ref = { budgetId: "race-0", window: { key: "total", start: 0, end: null, stepMs: 0 } };
    let highest = 0;
    const watch = setInterval(() => {
      store.read(ref).then(
        ({ spentNanoUsd, heldNanoUsd }) => {
          highest = Math.max(highest, spentNanoUsd + heldNanoUsd);
        },
        () => undefined,
      );
    }, 25);

    await sleep(300);
    workers[0]?.child.kill("SIGKILL");
    workers[1]?.child.kill("SIGKILL");
    await sleep(300);
    redis.kill("SIGKILL");
    await sleep(300);
    redis = startRedis(port, dir);
    await sleep(400);
    workers[2]?.child.kill("SIGKILL");
    await Promise.all(workers.map(({ exited }) => exited));
    // The leases of the dead run out.
    await sleep(1_800);
    clearInterval(watch);
    const end = await store.read(ref);
    await client.close();

    expect(granted).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(0);
    expect(unsettled).toBe(0);
    expect(highest).toBeLessThanOrEqual(usd(LIMIT_USD));
    expect(end.heldNanoUsd).toBe(0);
    expect(end.spentNanoUsd).toBeLessThanOrEqual(usd(LIMIT_USD));
    expect(end.spentNanoUsd).toBeGreaterThanOrEqual(billed);
  }, 60_000);
});
