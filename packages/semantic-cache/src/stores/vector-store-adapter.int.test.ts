import { FakeEmbeddings } from "@langchain/core/utils/testing";
import { FluentRedisVectorStore, RedisVectorStore, Tag } from "@langchain/redis";
import { createClient } from "redis-4";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { cacheStoreSuite } from "./cache-store-suite.ts";
import { type ByteStoreLike, vectorStoreAdapter } from "./vector-store-adapter.ts";
import type { CacheStore } from "../cache-store.ts";

const url = process.env["REDIS_STACK_URL"];
const state = url ? "real server" : "REDIS_STACK_URL is not set: needs a Redis with the Query Engine";

const client = createClient({ url: url ?? "redis://unused" });

/** A key-value store on the same server; values as text, as the documents are. */
const entries: ByteStoreLike = {
  mget: async (keys) => (await client.mGet(keys)).map((value) => (value === null ? undefined : new TextEncoder().encode(value))),
  mset: async (pairs) => {
    await client.mSet(pairs.map(([key, value]): [string, string] => [key, new TextDecoder().decode(value)]));
  },
  mdelete: async (keys) => {
    await client.del(keys);
  },
  yieldKeys: (prefix = "") => client.scanIterator({ MATCH: `${prefix}*` }) as AsyncIterable<string>,
};

type RedisClient = ConstructorParameters<typeof RedisVectorStore>[1]["redisClient"];

function onRedisVectorStore(name: string): CacheStore {
  const keyPrefix = `${name}:d:`;
  const redisClient = client as unknown as RedisClient;
  const vectorStore = new RedisVectorStore(new FakeEmbeddings(), {
    redisClient,
    indexName: name,
    keyPrefix,
    indexOptions: { ALGORITHM: "FLAT", DISTANCE_METRIC: "COSINE" } as never,
  });
  return vectorStoreAdapter(vectorStore, {
    // The metadata is indexed as escaped JSON, in which a field with its value is one word.
    filter: (partition) => [`"partition":"${partition}"`],
    entries,
    keyPrefix: `${name}:e:`,
    addOptions: (ids) => ({ keys: ids.map((id) => keyPrefix + id) }),
  });
}

function onFluentRedisVectorStore(name: string): CacheStore {
  const keyPrefix = `${name}:d:`;
  const vectorStore = new FluentRedisVectorStore(new FakeEmbeddings(), {
    redisClient: client as unknown as RedisClient,
    indexName: name,
    keyPrefix,
    indexOptions: { ALGORITHM: "FLAT", DISTANCE_METRIC: "COSINE" } as never,
    customSchema: [{ name: "partition", type: "tag" }],
  });
  return vectorStoreAdapter(vectorStore, {
    filter: (partition) => Tag("partition").eq(partition),
    entries,
    keyPrefix: `${name}:e:`,
    addOptions: (ids) => ({ keys: ids.map((id) => keyPrefix + id) }),
  });
}

describe.skipIf(!url).each([
  ["RedisVectorStore", onRedisVectorStore],
  ["FluentRedisVectorStore", onFluentRedisVectorStore],
])(`vectorStoreAdapter on %s (${state})`, (_, make) => {
  let stores = 0;
  const name = (): string => `test:${process.pid}:${Date.now()}:${(stores += 1)}`;
  beforeAll(() => client.connect().then(() => undefined));
  afterAll(() => client.disconnect());

  cacheStoreSuite({
    test,
    expect,
    create: () => make(name()),
    destroy: (store) => store.delete({}).then(() => undefined),
    // One index, made for the dimension of the first vector; what does not fit it is not indexed.
    capabilities: { mixesDimensions: false },
  });

  it("is the same for the next process", async () => {
    const shared = name();
    const first = make(shared);
    const fields = {
      partition: "p",
      scope: "s",
      model: "m",
      tags: [],
      createdAt: 1,
      expiresAt: Infinity,
      payload: 'an "answer" - or: two',
    };
    const entry = { ...fields, id: "a", vector: Float32Array.from([0.6, 0.8]), state: { uses: 0, nanoUsd: null, labels: [] } };
    await first.put(entry);
    await first.close();
    const second = make(shared);
    expect(await second.get("a", 10)).toEqual(entry);
    const [found] = await second.search({ partition: "p", vector: Float32Array.from([0.6, 0.8]), k: 4, now: 10 });
    expect(found?.entry).toEqual(entry);
    expect(found?.similarity).toBeCloseTo(1, 6);
    expect(await second.delete({})).toBe(1);
    expect(await make(shared).search({ partition: "p", vector: entry.vector, k: 4, now: 10 })).toEqual([]);
  });
});
