import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cacheStoreSuite } from "../cache-store-suite.ts";
import type { RedisClient } from "./redis-client.ts";
import { vectorSetStore } from "./vector-set-store.ts";

const url = process.env["REDIS_VECTORSET_URL"];
const state = url ? "real server" : "REDIS_VECTORSET_URL is not set: needs a Redis 8";

describe.skipIf(!url).each([2, 3] as const)(`vectorSetStore, RESP%i (${state})`, (RESP) => {
  const client = createClient({ url: url ?? "redis://unused", RESP });
  let stores = 0;
  beforeAll(() => client.connect().then(() => undefined));
  afterAll(() => client.close());

  cacheStoreSuite({
    test,
    expect,
    create: () =>
      vectorSetStore(client as unknown as RedisClient, { prefix: `test:${process.pid}:${Date.now()}:${RESP}:${(stores += 1)}` }),
    destroy: (store) => store.delete({}).then(() => undefined),
    capabilities: { listsExpired: false },
  });
});
