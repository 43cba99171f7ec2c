import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { CacheEntry } from "../../cache-store.ts";
import { cacheStoreSuite } from "../cache-store-suite.ts";
import { plainRedisStore } from "./plain-redis-store.ts";
import type { RedisClient } from "./redis-client.ts";

const url = process.env["REDIS_URL"];

describe.skipIf(!url)(`plainRedisStore (${url ? "real server" : "REDIS_URL is not set"})`, () => {
  const client = createClient({ url: url ?? "redis://unused" });
  let stores = 0;
  const prefix = (): string => `test:${process.pid}:${Date.now()}:${(stores += 1)}`;
  beforeAll(() => client.connect().then(() => undefined));
  afterAll(() => client.close());

  cacheStoreSuite({
    test,
    expect,
    create: () => plainRedisStore(client as unknown as RedisClient, { prefix: prefix() }),
    destroy: (store) => store.delete({}).then(() => undefined),
    capabilities: { listsExpired: false },
  });

  function entry(id: string, vector: readonly number[]): CacheEntry {
    const state = { uses: 0, nanoUsd: null, labels: [] };
    const fields = { partition: "p", scope: "s", model: "m", tags: [], createdAt: 1, expiresAt: Infinity, payload: id, state };
    return { ...fields, id, vector: Float32Array.from(vector) };
  }

  it.each([10_000, 1])("sees what another process puts and deletes, with a log of %i changes", async (logLength) => {
    const name = prefix();
    const mine = plainRedisStore(client as unknown as RedisClient, { prefix: name, logLength });
    const other = plainRedisStore(client as unknown as RedisClient, { prefix: name, logLength });
    const query = { partition: "p", vector: Float32Array.from([1, 0]), k: 2, now: 2 };
    expect(await mine.search(query)).toEqual([]);
    for (let i = 0; i < 300; i += 1) await other.put(entry(`e${i}`, [Math.cos(i / 200), Math.sin(i / 200)]));
    expect((await mine.search(query)).map((found) => found.entry.id)).toEqual(["e0", "e1"]);
    await other.delete({ ids: ["e0"] });
    expect((await mine.search(query)).map((found) => found.entry.id)).toEqual(["e1", "e2"]);
    // The log is lost, as on a server that was started anew without its data.
    await client.del([`{${name}}:log`]);
    await client.del([`{${name}}:e:e1`]);
    expect((await mine.search(query)).map((found) => found.entry.id)).toEqual(["e2", "e3"]);
    await mine.delete({});
  });
});
