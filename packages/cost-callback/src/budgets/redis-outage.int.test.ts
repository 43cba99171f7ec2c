import { BudgetExceededError, createPriceBook, TimeoutError, usd } from "@langthrift/core";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BudgetKeeper } from "./budget-keeper.ts";
import type { BudgetOptions } from "./budget-options.ts";
import { redisBudgetStore } from "./redis-budget-store.ts";

const prices = createPriceBook({ overrides: [{ model: "m", inputUsdPerMillion: 1, outputUsdPerMillion: 2 }], logger: false });
const request = { model: "m", chain: [], tags: [], inputTokens: 100, maxOutputTokens: 200 };
const ref = { budgetId: "b", window: { key: "total", start: 0, end: null, stepMs: 0 } };
const STORE_TIMEOUT_MS = 50;

type Client = ReturnType<typeof createClient>;
const clients: Client[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) if (client.isOpen) client.destroy();
});

/** A client as applications make it: what it cannot send waits in its queue. */
function clientOf(port: number, fields: object = {}): Client {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 50, connectTimeout: 60_000 }, ...fields });
  client.on("error", () => undefined);
  clients.push(client as Client);
  return client as Client;
}

function keeperOf(client: Client, onStoreError: NonNullable<BudgetOptions["onStoreError"]>): BudgetKeeper {
  return new BudgetKeeper({
    budgets: [{ id: "b", limitUsd: 1, window: { kind: "total" }, onStoreError }],
    store: redisBudgetStore(client),
    prices,
    storeTimeoutMs: STORE_TIMEOUT_MS,
    logger: false,
  });
}

/** What both choices do with a call: neither waits for Redis. */
async function expectChoices(client: Client): Promise<void> {
  const open = keeperOf(client, "allow");
  const ticket = await open.admit(request);
  await ticket.settle(usd(0.0001));
  expect(open.unsettled).toBe(1);
  expect(open.failures.counts["store"]).toBeGreaterThan(0);
  const closed = keeperOf(client, "refuse");
  const error = await closed.admit(request).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(BudgetExceededError.isInstance(error)).toBe(true);
}

function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer(onConnection).listen(0, "127.0.0.1", () => resolve(server));
  });
}
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

describe("a Redis that cannot be reached", () => {
  it("is not waited for where nobody listens, with the client's queue and without it", async () => {
    const server = await listen(() => undefined);
    const port = portOf(server);
    await new Promise((resolve) => server.close(resolve));
    for (const disableOfflineQueue of [false, true]) {
      const client = clientOf(port, { disableOfflineQueue });
      client.connect().catch(() => undefined);
      await expectChoices(client);
    }
  });

  it("is not waited for where it takes the connection and says nothing", async () => {
    const sockets: Socket[] = [];
    const server = await listen((socket) => sockets.push(socket));
    const client = clientOf(portOf(server));
    client.connect().catch(() => undefined);
    await expectChoices(client);
    const refused = keeperOf(client, "refuse");
    const error = (await refused.admit(request).catch((caught: unknown) => caught)) as Error;
    expect(TimeoutError.isInstance(error.cause)).toBe(true);
    expect(error.cause).toMatchObject({ ms: STORE_TIMEOUT_MS });
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});

const hasServer = spawnSync("redis-server", ["--version"]).status === 0;

describe.skipIf(!hasServer)("a Redis that stops (needs redis-server on the PATH)", () => {
  const folder = mkdtempSync(join(tmpdir(), "langthrift-outage-"));
  let redis: ChildProcess;
  let port = 0;

  beforeAll(async () => {
    const probe = await listen(() => undefined);
    port = portOf(probe);
    await new Promise((resolve) => probe.close(resolve));
    redis = spawn("redis-server", ["--port", String(port), "--dir", folder, "--save", "", "--appendonly", "no"], { stdio: "ignore" });
  });
  afterAll(() => {
    redis.kill("SIGCONT");
    redis.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("is not waited for while it hangs, and learns of what was spent meanwhile", async () => {
    const client = clientOf(port);
    await client.connect();
    const store = redisBudgetStore(client);
    const keeper = keeperOf(client, "allow");
    // Loaded and compiled on both sides, so that an ordinary answer is within the limit also on a busy machine.
    await store.read(ref);
    const before = (await store.read(ref)).spentNanoUsd;
    redis.kill("SIGSTOP");
    await expectChoices(client);
    const ticket = await keeper.admit(request);
    await ticket.settle(usd(0.0007));
    expect(keeper.unsettled).toBe(1);
    redis.kill("SIGCONT");
    await expect
      .poll(
        async () => {
          await keeper.flush();
          return keeper.unsettled;
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBe(0);
    const { spentNanoUsd } = await store.read(ref);
    expect(spentNanoUsd - before).toBeGreaterThanOrEqual(usd(0.0007));
  }, 40_000);
});
