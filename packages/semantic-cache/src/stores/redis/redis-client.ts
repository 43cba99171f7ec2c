import { CacheStoreError } from "../cache-store-error.ts";

type Word = string | Buffer;

/** A client of node-redis 4, 5 or 6, from `createClient`. */
export interface NodeRedisClient {
  sendCommand(args: Word[], options?: object): Promise<unknown>;
}

/** A cluster of node-redis, from `createCluster`. */
export interface NodeRedisCluster {
  readonly masters: readonly unknown[];
  sendCommand(firstKey: Word | undefined, isReadonly: boolean | undefined, args: Word[], options?: object): Promise<unknown>;
}

/** `Redis` or `Cluster` of ioredis. */
export interface IoRedisClient {
  callBuffer(command: string, ...args: Word[]): Promise<unknown>;
}

/** A connected client; the stores neither connect nor close it. */
export type RedisClient = NodeRedisClient | NodeRedisCluster | IoRedisClient;

/** Sends one command. Texts of the answer are buffers; a cluster sends it to where `key` is. */
export type SendCommand = (key: string | undefined, ...args: Word[]) => Promise<unknown>;

/** `returnBuffers` is read by node-redis 4, `typeMapping` (36 is "$", a text) by 5 and 6. */
const BINARY = { returnBuffers: true, typeMapping: { 36: Buffer } };

/** One way to send a command to any of the clients. */
export function commandSender(client: RedisClient): SendCommand {
  if ("callBuffer" in client) return (_key, command, ...args) => client.callBuffer(String(command), ...args);
  if ("masters" in client) return (key, ...args) => client.sendCommand(key, false, args, BINARY);
  return (_key, ...args) => client.sendCommand(args, BINARY);
}

/** The text of a reply's part, whether the client made a buffer of it or not. */
export function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString();
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw replyError(`a text was expected, not ${typeof value}`);
}

export function numberOf(value: unknown): number {
  const number = Number(textOf(value));
  if (!Number.isFinite(number)) throw replyError("a number was expected");
  return number;
}

export function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw replyError(`a list was expected, not ${typeof value}`);
}

/** Fields and values: a flat list in RESP2, a map in RESP3, which clients give as an object or a `Map`. */
export function pairsOf(value: unknown): Map<string, unknown> {
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [textOf(key), item]));
  if (Array.isArray(value)) {
    const pairs = new Map<string, unknown>();
    for (let i = 0; i + 1 < value.length; i += 2) pairs.set(textOf(value[i]), value[i + 1]);
    return pairs;
  }
  if (typeof value === "object" && value !== null && !Buffer.isBuffer(value)) return new Map(Object.entries(value));
  throw replyError(`fields and values were expected, not ${typeof value}`);
}

export function replyError(what: string): CacheStoreError {
  return new CacheStoreError("reply", `Redis answered something else than it should: ${what}. Is the address that of a Redis server?`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
