import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ASKED, OTHER, PARAPHRASE, testCache } from "../../__fixtures__/questions.ts";
import type { SemanticCache } from "../../semantic-cache.ts";
import { hasRedisServer, RedisProcess } from "../__fixtures__/redis-process.ts";
import { plainRedisStore } from "./plain-redis-store.ts";
import type { RedisClient } from "./redis-client.ts";

const state = hasRedisServer ? "servers of its own" : "there is no redis-server on PATH";

interface Connection {
  readonly client: RedisClient;
  readonly close: () => unknown;
}

const ignore = (): void => undefined;

const connections: Record<string, (url: string) => Promise<Connection>> = {
  "node-redis": async (url) => {
    const client = createClient({ url });
    client.on("error", ignore);
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => client.destroy() };
  },
  "node-redis without a queue": async (url) => {
    const client = createClient({ url, disableOfflineQueue: true });
    client.on("error", ignore);
    await client.connect();
    return { client: client as unknown as RedisClient, close: () => client.destroy() };
  },
  ioredis: async (url) => {
    const client = new Redis(url);
    client.on("error", ignore);
    await client.ping();
    return { client, close: () => client.disconnect() };
  },
};

async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("It did not come about within 10 s.");
}

/** A call as an application makes it, and whether the model was asked. */
async function ask(cache: SemanticCache, text: string): Promise<{ answer: string; asked: boolean }> {
  let asked = false;
  const answer = await cache.wrap({ text }, () => {
    asked = true;
    return Promise.resolve(`Answer to: ${text}`);
  });
  return { answer, asked };
}

describe.skipIf(!hasRedisServer).each(Object.entries(connections))(`a cache on Redis by %s (${state})`, (_, connect) => {
  let server: RedisProcess;
  let connection: Connection;
  let cache: SemanticCache;

  beforeEach(async () => {
    server = await RedisProcess.start();
    connection = await connect(server.url);
    cache = testCache({ store: plainRedisStore(connection.client), timeoutMs: 300 });
    expect(await cache.store({ text: ASKED }, "Open settings.")).not.toBe(null);
    expect((await cache.lookup({ text: PARAPHRASE })).kind).toBe("semantic");
  });

  afterEach(async () => {
    vi.useRealTimers();
    server.thaw();
    await cache.close({ drainMs: 0 });
    connection.close();
    await server.destroy();
  });

  it("answers without it while the server is away, and uses it again when it is back", async () => {
    await server.kill();
    // Enough calls for the cache to leave the store alone after some of them.
    for (let call = 0; call < 6; call += 1) {
      expect((await cache.lookup({ text: ASKED })).kind).toBe("miss");
      expect(await ask(cache, `Question ${call}?`)).toEqual({ answer: `Answer to: Question ${call}?`, asked: true });
    }
    const { failures } = cache.stats();
    expect(Object.values(failures).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(5);

    await server.resume();
    // The half minute in which the store is left alone passes at once.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    await eventually(async () => {
      vi.setSystemTime(Date.now() + 31_000);
      return (await cache.lookup({ text: PARAPHRASE })).kind === "semantic";
    });
    expect((await cache.lookup({ text: ASKED })).response).toEqual(expect.objectContaining({ text: "Open settings." }));
    await ask(cache, OTHER);
    await eventually(async () => !(await ask(cache, OTHER)).asked);
  });

  it("goes on as on a miss while the server hangs", async () => {
    server.freeze();
    // Nothing thaws it before this has been decided.
    const decision = await cache.lookup({ text: PARAPHRASE });
    expect(decision).toMatchObject({ kind: "miss", reason: "timeout" });
    expect(await ask(cache, OTHER)).toEqual({ answer: `Answer to: ${OTHER}`, asked: true });
    server.thaw();
    await eventually(async () => (await cache.lookup({ text: PARAPHRASE })).kind === "semantic");
  });

  it("serves what it has while the server is full, and keeps nothing more", async () => {
    const admin = new Redis(server.url);
    try {
      await admin.config("SET", "maxmemory-policy", "noeviction");
      await admin.config("SET", "maxmemory", "1");
      expect((await cache.lookup({ text: ASKED })).kind).toBe("exact");
      expect((await cache.lookup({ text: PARAPHRASE })).kind).toBe("semantic");
      expect(await cache.store({ text: OTHER }, "Paris.")).toBe(null);
      expect(await ask(cache, OTHER)).toEqual({ answer: `Answer to: ${OTHER}`, asked: true });
      expect(cache.stats().failures["store-failed"]).toBeGreaterThanOrEqual(1);
      expect((await cache.lookup({ text: PARAPHRASE })).kind).toBe("semantic");
      expect(await cache.invalidate({ all: true })).toBe(1);

      await admin.config("SET", "maxmemory", "0");
      expect(await cache.store({ text: OTHER }, "Paris.")).not.toBe(null);
      expect((await cache.lookup({ text: OTHER })).response).toEqual(expect.objectContaining({ text: "Paris." }));
    } finally {
      admin.disconnect();
    }
  });
});
