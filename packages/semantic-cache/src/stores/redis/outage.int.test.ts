import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ASKED, OTHER, PARAPHRASE, testCache } from "../../__fixtures__/questions.ts";
import type { CacheStore } from "../../cache-store.ts";
import type { SemanticCache } from "../../semantic-cache.ts";
import { findRedisProgram, type RedisKind, RedisProcess, type RedisProgram } from "../__fixtures__/redis-process.ts";
import { RedisProxy } from "../__fixtures__/redis-proxy.ts";
import { plainRedisStore } from "./plain-redis-store.ts";
import { queryEngineStore } from "./query-engine-store.ts";
import type { RedisClient } from "./redis-client.ts";
import { vectorSetStore } from "./vector-set-store.ts";

interface Connection {
  readonly client: RedisClient;
  readonly close: () => unknown;
}

const ignore = (): void => undefined;

const clients: Record<string, (url: string) => Promise<Connection>> = {
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

const stores: readonly { readonly name: string; readonly kind: RedisKind; readonly create: (client: RedisClient) => CacheStore }[] = [
  { name: "plainRedisStore", kind: "plain", create: plainRedisStore },
  { name: "queryEngineStore", kind: "query engine", create: queryEngineStore },
  { name: "vectorSetStore", kind: "vector sets", create: vectorSetStore },
];

const programs: Record<RedisKind, RedisProgram | null> = {
  plain: await findRedisProgram("plain"),
  "query engine": await findRedisProgram("query engine"),
  "vector sets": await findRedisProgram("vector sets"),
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

const cases = stores.flatMap(({ name, kind, create }) =>
  Object.entries(clients).map(([by, connect]) => ({ name, kind, create, by, connect })),
);

for (const { name, kind, create, by, connect } of cases) {
  const program = programs[kind];
  const state = program ? `a server of its own: ${program.source}` : `no program here starts a Redis of the kind "${kind}"`;

  describe.skipIf(!program)(`a cache on ${name} by ${by} (${state})`, () => {
    let server: RedisProcess;
    let proxy: RedisProxy;
    let connection: Connection;
    let cache: SemanticCache;

    beforeAll(async () => {
      server = await RedisProcess.start(program as RedisProgram);
    });
    afterAll(() => server.destroy());

    beforeEach(async () => {
      await server.resume();
      const admin = new Redis(server.url);
      await admin.config("SET", "maxmemory", "0");
      await admin.flushall();
      admin.disconnect();
      proxy = await RedisProxy.before(server.port);
      connection = await connect(proxy.url);
      cache = testCache({ store: create(connection.client), timeoutMs: 300 });
      // The first search makes the index, which may take longer than a lookup is given.
      await eventually(async () => (await cache.store({ text: ASKED }, "Open settings.")) !== null);
      await eventually(async () => (await cache.lookup({ text: PARAPHRASE })).kind === "semantic");
    });

    afterEach(async () => {
      vi.useRealTimers();
      server.thaw();
      await cache.close({ drainMs: 0 });
      connection.close();
      await proxy.close();
    });

    /** The half minute in which a failing store is left alone passes at once, again and again. */
    async function hitsAgain(): Promise<void> {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      await eventually(async () => {
        vi.setSystemTime(Date.now() + 31_000);
        return (await cache.lookup({ text: PARAPHRASE })).kind === "semantic";
      });
      vi.useRealTimers();
    }

    function failures(): number {
      return Object.values(cache.stats().failures).reduce((sum, count) => sum + count, 0);
    }

    it("answers without it while the server is away, and uses it again when it is back", async () => {
      await server.kill();
      // Enough calls for the cache to leave the store alone after some of them.
      for (let call = 0; call < 6; call += 1) {
        expect((await cache.lookup({ text: ASKED })).kind).toBe("miss");
        expect(await ask(cache, `Question ${call}?`)).toEqual({ answer: `Answer to: Question ${call}?`, asked: true });
      }
      expect(failures()).toBeGreaterThanOrEqual(5);
      expect(Object.keys(cache.stats().failures).every((reason) => reason.startsWith("store-"))).toBe(true);

      await server.resume();
      await hitsAgain();
      expect((await cache.lookup({ text: ASKED })).response).toEqual(expect.objectContaining({ text: "Open settings." }));
      await ask(cache, OTHER);
      await eventually(async () => !(await ask(cache, OTHER)).asked);
    });

    it("goes on after the server came back without its data", async () => {
      const admin = new Redis(server.url);
      await admin.flushall();
      admin.disconnect();
      await server.kill();
      await server.resume();
      expect(await ask(cache, OTHER)).toEqual({ answer: `Answer to: ${OTHER}`, asked: true });
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      await eventually(async () => {
        vi.setSystemTime(Date.now() + 31_000);
        return (await cache.store({ text: ASKED }, "Open settings.")) !== null;
      });
      vi.useRealTimers();
      await hitsAgain();
    });

    it("goes on as on a miss while the server hangs", async () => {
      server.freeze();
      // Nothing thaws it before this has been decided.
      const decision = await cache.lookup({ text: PARAPHRASE });
      expect(decision).toMatchObject({ kind: "miss", reason: "timeout" });
      expect(await ask(cache, OTHER)).toEqual({ answer: `Answer to: ${OTHER}`, asked: true });
      expect(cache.stats().failures["store-timeout"]).toBeGreaterThanOrEqual(1);
      server.thaw();
      await eventually(async () => (await cache.lookup({ text: PARAPHRASE })).kind === "semantic");
    });

    it("goes on as on a miss while the server is slow", async () => {
      proxy.mode = "slow";
      expect(await cache.lookup({ text: PARAPHRASE })).toMatchObject({ kind: "miss", reason: "timeout" });
      expect(await ask(cache, OTHER)).toEqual({ answer: `Answer to: ${OTHER}`, asked: true });
      expect(cache.stats().failures["store-timeout"]).toBeGreaterThanOrEqual(1);
      proxy.mode = "pass";
      await hitsAgain();
    });

    it.each(["OK to everything", "HTTP"] as const)("goes on as on a miss while it is answered nonsense: %s", async (mode) => {
      proxy.mode = mode;
      for (let call = 0; call < 3; call += 1) {
        expect((await cache.lookup({ text: PARAPHRASE })).kind).toBe("miss");
        expect(await ask(cache, `Question ${call}?`)).toEqual({ answer: `Answer to: Question ${call}?`, asked: true });
      }
      expect(failures()).toBeGreaterThanOrEqual(3);
      proxy.mode = "pass";
      await hitsAgain();
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
}
