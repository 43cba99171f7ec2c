import { Redis } from "ioredis";
import { createClient as createClient6 } from "redis";
import { createClient as createClient4 } from "redis-4";
import { createClient as createClient5 } from "redis-5";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { CacheEntry } from "../../cache-store.ts";
import { cacheStoreSuite } from "../cache-store-suite.ts";
import { queryEngineStore } from "./query-engine-store.ts";
import type { RedisClient } from "./redis-client.ts";

const url = process.env["REDIS_STACK_URL"];
const reason = "REDIS_STACK_URL is not set: needs a Redis with the Query Engine";

interface Connection {
  readonly client: RedisClient;
  readonly close: () => Promise<unknown>;
}

const connections: Record<string, () => Promise<Connection>> = {
  "node-redis 4": async () => {
    const client = createClient4({ url: url ?? "" });
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => client.disconnect() };
  },
  "node-redis 5, RESP3": async () => {
    const client = createClient5({ url: url ?? "", RESP: 3 });
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => client.close() };
  },
  "node-redis 6, RESP2": async () => {
    const client = createClient6({ url: url ?? "", RESP: 2 });
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => client.close() };
  },
  "node-redis 6, RESP3": async () => {
    const client = createClient6({ url: url ?? "" });
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => client.close() };
  },
  ioredis: async () => {
    const client = new Redis(url ?? "");
    return { client, close: () => client.quit() };
  },
};

function entryOf(id: string): CacheEntry {
  const state = { uses: 0, nanoUsd: null, labels: [] };
  const fields = { partition: "p", scope: "s", model: "m", tags: [], createdAt: Date.now(), expiresAt: Infinity, payload: "x", state };
  return { ...fields, id, vector: null };
}

let stores = 0;
function prefix(): string {
  stores += 1;
  return `test:${process.pid}:${Date.now()}:${stores}`;
}

for (const [name, connect] of Object.entries(connections)) {
  describe.skipIf(!url)(`queryEngineStore by ${name} (${url ? "real server" : reason})`, () => {
    let connection: Connection;
    beforeAll(async () => {
      connection = await connect();
    });
    afterAll(() => connection.close());

    cacheStoreSuite({
      test,
      expect,
      create: () => queryEngineStore(connection.client, { prefix: prefix() }),
      destroy: (store) => store.delete({}).then(() => undefined),
      capabilities: { rejectsOtherDimension: false, listsExpired: false },
    });
  });
}

describe.skipIf(!url)(`queryEngineStore (${url ? "real server" : reason})`, () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await (connections["node-redis 6, RESP3"] as () => Promise<Connection>)();
  });
  afterAll(() => connection.close());

  describe("with 16 bits a number", () => {
    cacheStoreSuite({
      test,
      expect,
      create: () => queryEngineStore(connection.client, { prefix: prefix(), vectorType: "FLOAT16", algorithm: "HNSW" }),
      destroy: (store) => store.delete({}).then(() => undefined),
      capabilities: { rejectsOtherDimension: false, listsExpired: false, similarityError: 2e-3, vectorError: 1e-3 },
    });
  });

  it("says so when the server has no vectors of 8 bits, and else finds by them", async () => {
    const store = queryEngineStore(connection.client, { prefix: prefix(), vectorType: "INT8" });
    const vector = Float32Array.from([0.6, 0.8]);
    const put = store.put({ ...entryOf("a"), vector });
    const error = await put.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error) {
      expect(error).toMatchObject({ reason: "unavailable", message: expect.stringContaining("INT8") });
      return;
    }
    const [found] = await store.search({ partition: "p", vector, k: 1, now: Date.now() });
    expect(found?.similarity).toBeCloseTo(1, 2);
    await store.delete({});
  });

  it("makes the index anew after it was lost", async () => {
    const name = prefix();
    const store = queryEngineStore(connection.client, { prefix: name });
    const vector = Float32Array.from([1, 0]);
    const now = Date.now();
    const entry = { ...entryOf("a"), vector };
    await store.put(entry);
    await (connection.client as { sendCommand(args: string[]): Promise<unknown> }).sendCommand(["FT.DROPINDEX", `${name}:index`]);
    await store.search({ partition: "p", vector, k: 1, now });
    await store.put({ ...entry, id: "b" });
    expect((await store.search({ partition: "p", vector, k: 2, now })).some(({ entry }) => entry.id === "b")).toBe(true);
    await store.delete({});
  });
});
