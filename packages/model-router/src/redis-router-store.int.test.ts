import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { routingMark } from "@langthrift/core";
import { startModelServer } from "@langthrift/model-server";
import { redisUrl, seededRandom } from "@langthrift/test-helpers";
import { Redis } from "ioredis";
import { randomUUID } from "node:crypto";
import { createClient } from "redis";
import { createClient as createClient4 } from "redis-4";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { breakableProxy } from "./__fixtures__/breakable-proxy.ts";
import { byWord, twoModels } from "./__fixtures__/two-models.ts";
import { createModelRouter, type ModelRouter } from "./model-router.ts";
import type { ModelRouterOptions } from "./model-router-options.ts";
import { banditPolicy } from "./policies/bandit-policy.ts";
import { redisRouterStore } from "./redis.ts";
import type { RouterStore } from "./router-store.ts";
import { routerStoreSuite } from "./testing.ts";

const url = redisUrl();

describe.skipIf(url === undefined)("with Redis (set REDIS_URL)", () => {
  const client = createClient({ url: url ?? "redis://unused" });
  const client4 = createClient4({ url: url ?? "redis://unused" });
  const io = new Redis(url ?? "redis://unused", { lazyConnect: true });
  let server: Awaited<ReturnType<typeof startModelServer>>;
  beforeAll(async () => {
    [server] = await Promise.all([startModelServer(), client.connect(), client4.connect(), io.connect()]);
  });
  beforeEach(() => server.reset());
  afterAll(async () => {
    await Promise.all([server.close(), client.close(), client4.quit(), io.quit()]);
  });

  describe.each([
    ["node-redis 6", () => redisRouterStore(client, { prefix: "test:router" })],
    ["node-redis 4", () => redisRouterStore(client4, { prefix: "test:router4" })],
    ["ioredis", () => redisRouterStore(io, { prefix: "test:router-io" })],
  ] as [string, () => RouterStore][])("redisRouterStore, %s", (_name, create) => {
    routerStoreSuite({ test: it, expect, create });
  });

  /** As another process: a router, a store and a client's key space of its own, one prefix. */
  const prefix = () => `test:router:${randomUUID()}`;
  const router = (store: RouterStore, options: Partial<ModelRouterOptions> = {}): ModelRouter =>
    createModelRouter({ candidates: twoModels(server), policy: byWord, logger: false, store, decideTimeoutMs: 5_000, ...options });
  const thread = (id: string) => ({ configurable: { thread_id: id } });
  const served = async (model: ModelRouter, task: string, config: object) => routingMark(await model.invoke(task, config))?.model;
  /** Writes go on in the background. */
  const eventually = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  it("keeps a session's model over processes, upgrade-only and with a time to live", async () => {
    const name = prefix();
    const sticky = { scope: "session", upgradeOnly: true, ttlMs: 60_000 } as const;
    const process1 = router(redisRouterStore(client, { prefix: name }), { sticky });
    expect(await served(process1, "hard", thread("a"))).toBe("strong");
    await eventually(async () => (await client.keys(`${name}:session:*`)).length === 1);
    const [key] = await client.keys(`${name}:session:*`);
    expect(await client.pTTL(key!)).toBeGreaterThan(30_000);
    expect(key).not.toContain("thread");
    const process2 = router(redisRouterStore(client4, { prefix: name }), { sticky });
    expect(await served(process2, "easy", thread("a"))).toBe("strong");
    expect(await served(process2, "easy", thread("b"))).toBe("cheap");
    await client.del(key!);
    expect(await served(process1, "easy", thread("a"))).toBe("cheap");
  });

  it("shares a cooldown that one process saw", async () => {
    const name = prefix();
    server.reply({ model: "gpt-4o-mini", times: 1, answer: { status: 429, headers: { "retry-after": "50" } } });
    await router(redisRouterStore(client, { prefix: name })).invoke("easy");
    await eventually(async () => (await client.exists(`${name}:cooldown:cheap`)) === 1);
    const other = router(redisRouterStore(client, { prefix: name }));
    await eventually(async () => (await other.explain("easy")).considered?.[0]?.excluded === "circuit-open");
    expect(await served(other, "easy", {})).toBe("strong");
  });

  it("counts calls a minute and spent budget over processes", async () => {
    const name = prefix();
    const [cheap, strong] = twoModels(server);
    const candidates = [{ ...cheap!, maxRpm: 2 }, strong!];
    const budget = { limitUsd: 100, windowMs: 86_400_000, onExceeded: "cheapest" } as const;
    for (const store of [redisRouterStore(client, { prefix: name }), redisRouterStore(io, { prefix: name })]) {
      await router(store, { candidates, budget }).invoke("easy");
    }
    await eventually(async () => (await client.keys(`${name}:rpm:*`)).length > 0 && (await client.keys(`${name}:budget:*`)).length > 0);
    const [rpm] = await client.keys(`${name}:rpm:*`);
    await eventually(async () => (await client.get(rpm!)) === "2");
    expect(
      (await router(redisRouterStore(client, { prefix: name }), { candidates, budget }).explain("easy")).considered?.[0],
    ).toMatchObject({
      model: "cheap",
      excluded: "rate-cap",
    });
  });

  it("lets two processes learn one bandit's rewards, each once", async () => {
    const name = prefix();
    const processOf = (redis: Parameters<typeof redisRouterStore>[0]) => {
      const store = redisRouterStore(redis, { prefix: name });
      return router(store, {
        policy: banditPolicy({ models: ["cheap", "strong"], store, prior: { cheap: 0.9, strong: 0.1 }, random: seededRandom(1) }),
      });
    };
    const [one, two] = [processOf(client), processOf(io)];
    const mark = routingMark(await one.invoke("x"))!;
    await eventually(async () => (await client.keys(`${name}:bandit:decision:*`)).length > 0);
    await Promise.all([one.recordFeedback(mark.id, 1), two.recordFeedback(mark.id, 1)]);
    expect((await processOf(client4).explain("x")).signals).toMatchObject({ rewarded: { cheap: 1, strong: 0 } });
  });

  it("answers every request, without waiting each time, while Redis hangs, and uses it again when it is back", async () => {
    const proxy = await breakableProxy(url!);
    const behind = createClient({ url: proxy.url });
    behind.on("error", () => undefined);
    await behind.connect();
    try {
      const sticky = { scope: "session", upgradeOnly: true } as const;
      let now = Date.now();
      const clock = { now: () => now, monotonic: () => now };
      const model = router(redisRouterStore(behind, { prefix: prefix() }), { sticky, decideTimeoutMs: 100, clock });
      proxy.hang();
      for (let call = 0; call < 6; call += 1) expect(await served(model, "hard", thread("a"))).toBe("strong");
      expect(model.failures["store-unavailable"]).toBeGreaterThan(0);
      const history = [new HumanMessage("hard"), new AIMessage("ok"), new HumanMessage("easy")];
      expect(routingMark(await model.invoke(history, thread("a")))?.model).toBe("cheap");
      proxy.resume();
      await eventually(async () => {
        now += 6_000;
        await model.invoke("hard", thread("a"));
        return (await served(model, "easy", thread("a"))) === "strong";
      });
    } finally {
      behind.destroy();
      await proxy.close();
    }
  });

  it("answers every request while Redis refuses connections", async () => {
    const proxy = await breakableProxy(url!);
    const behind = createClient({ url: proxy.url, socket: { reconnectStrategy: 50 } });
    behind.on("error", () => undefined);
    await behind.connect();
    await proxy.close();
    try {
      const model = router(redisRouterStore(behind), { sticky: { scope: "session" }, decideTimeoutMs: 100 });
      expect(await served(model, "easy", thread("a"))).toBe("cheap");
      expect(await served(model, "hard", thread("a"))).toBe("strong");
    } finally {
      behind.destroy();
    }
  });
});
