import { Cluster } from "ioredis";
import { createCluster } from "redis";
import { createCluster as createCluster4 } from "redis-4";
import { createCluster as createCluster5 } from "redis-5";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { CacheStore } from "../../cache-store.ts";
import { RedisCluster } from "../__fixtures__/redis-cluster.ts";
import { findRedisProgram, type RedisKind, type RedisProgram } from "../__fixtures__/redis-process.ts";
import { cacheStoreSuite } from "../cache-store-suite.ts";
import { plainRedisStore } from "./plain-redis-store.ts";
import type { RedisClient } from "./redis-client.ts";
import { redisFlightLock } from "./redis-flight-lock.ts";
import { vectorSetStore } from "./vector-set-store.ts";

interface Connection {
  readonly client: RedisClient;
  readonly close: () => unknown;
}

const clients: Record<string, (cluster: RedisCluster) => Promise<Connection>> = {
  "node-redis 4": async ({ servers }) => {
    const client = createCluster4({ rootNodes: servers.map(({ url }) => ({ url })) });
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => client.disconnect() };
  },
  "node-redis 5": async ({ servers }) => {
    const client = createCluster5({ rootNodes: servers.map(({ url }) => ({ url })) });
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => client.destroy() };
  },
  "node-redis 6": async ({ servers }) => {
    const client = createCluster({ rootNodes: servers.map(({ url }) => ({ url })) });
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => client.destroy() };
  },
  ioredis: async ({ servers }) => {
    const client = new Cluster(servers.map(({ port }) => ({ host: "127.0.0.1", port })));
    await client.ping();
    return { client, close: () => client.disconnect() };
  },
};

const kinds: readonly {
  readonly kind: RedisKind;
  readonly name: string;
  readonly create: (client: RedisClient, prefix: string) => CacheStore;
}[] = [
  { kind: "plain", name: "plainRedisStore", create: (client, prefix) => plainRedisStore(client, { prefix }) },
  { kind: "vector sets", name: "vectorSetStore", create: (client, prefix) => vectorSetStore(client, { prefix }) },
];

let stores = 0;

// The Query Engine of a cluster needs a coordinator that the servers of the tests do not have.
for (const { kind, name, create } of kinds) {
  const program = await findRedisProgram(kind);
  const state = program ? program.source : `no program here starts a Redis of the kind "${kind}"`;

  describe.skipIf(!program)(`${name} on a cluster of three (${state})`, () => {
    let cluster: RedisCluster;
    beforeAll(async () => {
      cluster = await RedisCluster.start(program as RedisProgram);
    });
    afterAll(() => cluster?.destroy());

    describe.each(Object.entries(clients))("by %s", (_, connect) => {
      let connection: Connection;
      beforeAll(async () => {
        connection = await connect(cluster);
      });
      afterAll(() => connection?.close());

      cacheStoreSuite({
        test,
        expect,
        // Each has a prefix of its own, and so its keys are in a slot of their own.
        create: () => create(connection.client, `test:${(stores += 1)}`),
        destroy: (store) => store.delete({}).then(() => undefined),
        capabilities: { listsExpired: false },
      });

      it("locks by leases on any of the servers", async () => {
        const lock = redisFlightLock(connection.client, { prefix: `test:${(stores += 1)}` });
        const leases = await Promise.all(Array.from({ length: 20 }, (_, i) => lock.acquire(`id ${i}`, 60_000)));
        expect(leases.every(({ lease }) => lease)).toBe(true);
        expect((await lock.acquire("id 7", 60_000)).holder).toBeTypeOf("string");
        await Promise.all(leases.map(({ lease }) => lease?.release()));
        expect((await lock.acquire("id 7", 1)).lease).toBeDefined();
      });
    });
  });
}
