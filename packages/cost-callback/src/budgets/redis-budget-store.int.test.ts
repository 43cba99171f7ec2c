import { redisUrl } from "@langthrift/test-helpers";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { budgetStoreSuite } from "./budget-store-suite.ts";
import { redisBudgetStore } from "./redis-budget-store.ts";

describe.skipIf(redisUrl() === undefined)("redisBudgetStore (REDIS_URL)", () => {
  const client = createClient({ url: redisUrl() ?? "redis://unused" });
  beforeAll(async () => void (await client.connect()));
  afterAll(() => client.close());
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  budgetStoreSuite({
    test,
    expect,
    create: async () => ({ store: redisBudgetStore(client), now: Date.now, advance: sleep }),
  });

  test("goes on after Redis has forgotten the script", async () => {
    const store = redisBudgetStore(client);
    const ref = { budgetId: `flush-${Date.now()}`, window: { key: "total", start: 0, end: null, stepMs: 0 } };
    await store.read(ref);
    await client.scriptFlush();
    expect(await store.read(ref)).toMatchObject({ spentNanoUsd: 0 });
  });

  test("lets the keys of a window expire, and puts them into one slot", async () => {
    const prefix = `t${Date.now()}`;
    const store = redisBudgetStore(client, { prefix });
    const window = { key: "w", start: 0, end: Date.now() + 1_000, stepMs: 0 };
    await store.settle({ budgetId: "b", window, leaseId: "x" }, 5 as never);
    const keys = await client.keys(`*${prefix}:b:w}*`);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(await client.pTTL(key)).toBeGreaterThan(86_000_000);
    expect(new Set(keys.map((key) => /\{[^}]*\}/.exec(key)?.[0]))).toHaveLength(1);
  });
});
