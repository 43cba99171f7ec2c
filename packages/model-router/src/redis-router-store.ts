import { InvalidOptionError, type JsonValue } from "@langthrift/core";
import type { RouterStore } from "./router-store.ts";

/** What is used of a node-redis client (4, 5, 6; single, Sentinel, Cluster). */
export interface NodeRedisRouterClient {
  get(key: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  /** Not called: tells the client apart from ioredis. */
  readonly evalSha: unknown;
}

/** The same of ioredis. */
export interface IoRedisRouterClient {
  get(key: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** Options of {@link redisRouterStore}. */
export interface RedisRouterStoreOptions {
  /** Begins every key. Routers that should not share pins, budgets and cooldowns need different ones. @default "langthrift:router" */
  readonly prefix?: string;
}

// Expiry is absolute and by Redis' own clock: PEXPIREAT with a time that is past deletes at once.
const SET_UNTIL = `
redis.call('SET', KEYS[1], ARGV[1])
redis.call('PEXPIREAT', KEYS[1], ARGV[2])
return 1`;

// What is there and no integer counts as nothing, as in memory. The sum is returned as text: Lua's numbers lose digits in a reply.
const ADD_UNTIL = `
local stored = redis.call('GET', KEYS[1])
if stored and string.match(stored, '^%-?%d+$') then
  redis.call('INCRBY', KEYS[1], ARGV[1])
  return redis.call('GET', KEYS[1])
end
local live = redis.call('PTTL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1])
if live > 0 then redis.call('PEXPIRE', KEYS[1], live) else redis.call('PEXPIREAT', KEYS[1], ARGV[2]) end
return ARGV[1]`;

/**
 * The router's state in Redis (2.6 or newer, also Valkey), shared by all processes that use one `prefix`: session pins with their expiry, shared
 * cooldowns, spent budget, calls a minute, a bandit's rewards. An addition is atomic. The router limits every operation in time and goes on
 * without the store while it is down.
 *
 * @param client A connected client of `redis` (node-redis) or `ioredis`. It stays yours to close. Listen to its `error` events: node-redis throws them otherwise.
 * @throws {InvalidOptionError} when `prefix` is empty.
 */
export function redisRouterStore(
  client: NodeRedisRouterClient | IoRedisRouterClient,
  { prefix = "langthrift:router" }: RedisRouterStoreOptions = {},
): RouterStore {
  if (prefix === "") throw new InvalidOptionError("`prefix` is empty. Pass one, so that the router's keys meet no others.");
  const keyOf = (key: string) => `${prefix}:${key}`;
  const run = (script: string, key: string, values: string[]): Promise<unknown> =>
    isNodeRedis(client) ? client.eval(script, { keys: [key], arguments: values }) : client.eval(script, 1, key, ...values);
  return {
    async get(key) {
      const stored = await client.get(keyOf(key));
      return typeof stored === "string" ? readJson(stored) : undefined;
    },
    async set(key, value, expiresAt) {
      await run(SET_UNTIL, keyOf(key), [JSON.stringify(value), atMs(expiresAt)]);
    },
    async delete(key) {
      await client.del(keyOf(key));
    },
    async add(key, delta, expiresAt) {
      return Number(await run(ADD_UNTIL, keyOf(key), [String(Math.round(delta)), atMs(expiresAt)]));
    },
  };
}

/** ioredis calls it `evalsha`. */
function isNodeRedis(client: NodeRedisRouterClient | IoRedisRouterClient): client is NodeRedisRouterClient {
  return "evalSha" in client;
}

function atMs(expiresAt: number): string {
  // Redis takes a signed 64-bit integer above 0.
  return String(Math.min(Number.MAX_SAFE_INTEGER, Math.max(1, Math.round(expiresAt))));
}

/** What another program wrote there counts as absent. */
function readJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
