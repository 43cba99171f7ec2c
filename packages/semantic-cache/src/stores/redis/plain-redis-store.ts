import { InvalidOptionError } from "@langthrift/core";
import type { CacheEntry, CacheStore } from "../../cache-store.ts";
import { rowScanner } from "../../kernel/wasm-row-scanner.ts";
import { dimensionError, requireFinite } from "../cache-store-error.ts";
import { toFixedPoint } from "../fixed-point.ts";
import { type RowOwner, VectorRows } from "../vector-rows.ts";
import { entryOf, nearestOf, patchToHash, toHash } from "./entry-hash.ts";
import { putExpiry, updateExpiry } from "./entry-scripts.ts";
import { listedEntries } from "./id-set.ts";
import { commandSender, listOf, numberOf, pairsOf, type RedisClient, textOf } from "./redis-client.ts";
import type { VectorType } from "./vector-blob.ts";

/** Options of {@link plainRedisStore}. */
export interface PlainRedisStoreOptions {
  /** Stands in braces in front of all keys, so that a cluster keeps them together. @default "langthrift:cache" */
  readonly prefix?: string;
  /** Room of a vector: 4, 2 or 1 bytes a number. @default "FLOAT32" */
  readonly vectorType?: VectorType;
  /** Changes that the server remembers; a process that has missed more reads all entries anew. @default 10_000 */
  readonly logLength?: number;
}

interface Row extends RowOwner {
  readonly partition: string;
  readonly expiresAt: number;
}

// A full server asks a script for room at its first write alone, and not for a DEL: a put must begin with another, a deletion with it.
// KEYS: the hash, the set of ids, the log. ARGV: length of the log, id, expiry, fields and values.
const PUT = `redis.call('SADD', KEYS[2], ARGV[2])
redis.call('DEL', KEYS[1])
for i = 4, #ARGV, 200 do redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 199, #ARGV))) end
if ARGV[3] ~= '' then redis.call('PEXPIREAT', KEYS[1], ARGV[3]) end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[1], '*', 'id', ARGV[2])
return 1`;
const UPDATE = `if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if #ARGV > 3 then redis.call('HSET', KEYS[1], unpack(ARGV, 4)) end
if ARGV[3] == 'never' then redis.call('PERSIST', KEYS[1]) elseif ARGV[3] ~= '' then redis.call('PEXPIREAT', KEYS[1], ARGV[3]) end
if ARGV[3] ~= '' then redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[1], '*', 'id', ARGV[2]) end
return 1`;
const DELETE = `local n = redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[2])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[1], '*', 'id', ARGV[2])
return n`;

const PAGE = 500;

/**
 * For any Redis from 5 on, and Valkey: entries as hashes, and a log of changes from which each process keeps an index of the vectors of its
 * own. A search first reads what has changed; hits are read by id, so what is gone on the server is not served.
 *
 * @throws {InvalidOptionError} when an option is out of range.
 */
export function plainRedisStore(
  client: RedisClient,
  { prefix = "langthrift:cache", vectorType = "FLOAT32", logLength = 10_000 }: PlainRedisStoreOptions = {},
): CacheStore {
  if (prefix === "") throw new InvalidOptionError('`prefix` is "". Pass what the keys of this cache begin with.');
  if (!(logLength >= 1)) throw new InvalidOptionError(`\`logLength\` is ${logLength}. Pass a number of changes, at least 1.`);
  const send = commandSender(client);
  const idsKey = `{${prefix}}:ids`;
  const logKey = `{${prefix}}:log`;
  const keyOf = (id: string): string => `{${prefix}}:e:${id}`;
  const scanner = rowScanner();
  const partitions = new Map<string, VectorRows<Row>>();
  const rows = new Map<string, Row>();
  /** The last change that was read; `null` before the first. */
  let position: string | null = null;
  let syncing: Promise<void> | null = null;
  let again: Promise<void> | null = null;

  async function read(id: string): Promise<CacheEntry | null> {
    return entryOf(id, await send(keyOf(id), "HGETALL", keyOf(id)));
  }

  function script(text: string, id: string, expiry: string, fields: readonly (string | Buffer)[] = []): Promise<unknown> {
    return send(keyOf(id), "EVAL", text, "3", keyOf(id), idsKey, logKey, String(logLength), id, expiry, ...fields);
  }

  function drop(id: string): void {
    const row = rows.get(id);
    if (!row) return;
    rows.delete(id);
    const partition = partitions.get(row.partition);
    partition?.remove(row);
    if (partition?.size !== 0) return;
    partition.clear();
    partitions.delete(row.partition);
  }

  function index(id: string, entry: CacheEntry | null): void {
    drop(id);
    if (!entry?.vector) return;
    let partition = partitions.get(entry.partition);
    if (!partition) partitions.set(entry.partition, (partition = new VectorRows<Row>(entry.vector.length, scanner)));
    if (partition.dimension !== entry.vector.length) return;
    const row: Row = { id, partition: entry.partition, expiresAt: entry.expiresAt, row: -1 };
    partition.add(row, toFixedPoint(entry.vector));
    rows.set(id, row);
  }

  async function reload(): Promise<void> {
    position = null;
    // There is always a last change to go on from.
    const start = textOf(await send(logKey, "XADD", logKey, "MAXLEN", "~", String(logLength), "*", "id", ""));
    for (const id of rows.keys()) drop(id);
    for await (const entry of listedEntries(send, { idsKey, keyOf }, {})) index(entry.id, entry);
    position = start;
  }

  async function catchUp(): Promise<void> {
    for (;;) {
      if (position === null) await reload();
      const from = position ?? "-";
      const changes = listOf(await send(logKey, "XRANGE", logKey, from, "+", "COUNT", String(PAGE + 1))).map(listOf);
      // The change read last is no longer there: the log was trimmed or lost, and with it perhaps others.
      if (changes[0] === undefined || textOf(changes[0][0]) !== from) {
        position = null;
        continue;
      }
      const fresh = changes.slice(1);
      const ids = [...new Set(fresh.map(([, fields]) => textOf(pairsOf(fields).get("id"))))].filter((id) => id !== "");
      const entries = await Promise.all(ids.map(read));
      for (const [i, id] of ids.entries()) index(id, entries[i] ?? null);
      if (fresh.length > 0) position = textOf(fresh.at(-1)?.[0]);
      if (fresh.length < PAGE) return;
    }
  }

  /** Reads all changes made before this call. One that is under way may have begun too early, so a second one follows it. */
  function sync(): Promise<void> {
    if (!syncing) {
      syncing = catchUp().finally(() => {
        syncing = null;
      });
      return syncing;
    }
    again ??= syncing
      .catch(() => undefined)
      .then(() => {
        again = null;
        return sync();
      });
    return again;
  }

  return {
    async get(id, now) {
      const entry = await read(id);
      return entry && entry.expiresAt > now ? entry : null;
    },
    async search({ partition, vector, k, now }) {
      requireFinite(vector);
      await sync();
      for (;;) {
        const near = partitions.get(partition)?.search(vector, k, now) ?? [];
        const entries = await Promise.all(near.map(({ owner }) => read(owner.id)));
        const gone = near.filter((_, i) => !entries[i]);
        if (gone.length === 0) return nearestOf(entries, { partition, vector, k, now });
        // Expired or evicted on the server: they must not take the place of others.
        for (const { owner } of gone) drop(owner.id);
      }
    },
    async put(entry) {
      if (entry.vector) {
        requireFinite(entry.vector);
        await sync();
        const known = partitions.get(entry.partition);
        const alone = known?.size === 1 && rows.get(entry.id)?.partition === entry.partition;
        if (known && !alone && known.dimension !== entry.vector.length) throw dimensionError(known.dimension, entry.vector.length);
      }
      await script(PUT, entry.id, putExpiry(entry.expiresAt), toHash(entry, vectorType));
    },
    async update(id, patch) {
      return numberOf(await script(UPDATE, id, updateExpiry(patch.expiresAt), patchToHash(patch))) === 1;
    },
    async delete(filter) {
      const ids: string[] = [];
      for await (const { id } of listedEntries(send, { idsKey, keyOf }, filter)) ids.push(id);
      let deleted = 0;
      for (const id of ids) deleted += numberOf(await script(DELETE, id, ""));
      return deleted;
    },
    entries: (filter = {}) => listedEntries(send, { idsKey, keyOf }, filter),
    async close() {
      for (const id of rows.keys()) drop(id);
      position = null;
    },
  };
}
