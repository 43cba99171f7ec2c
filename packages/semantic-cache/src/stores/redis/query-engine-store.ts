import { InvalidOptionError } from "@langthrift/core";
import type { CacheEntry, CacheStore, EntryFilter } from "../../cache-store.ts";
import { CacheStoreError, requireFinite } from "../cache-store-error.ts";
import { matchesFilter } from "../entry-filter.ts";
import { entryOf, fromHash, nearestOf, patchToHash, tagOf, toHash, vectorField } from "./entry-hash.ts";
import { PUT_SCRIPT, putExpiry, UPDATE_SCRIPT, updateExpiry } from "./entry-scripts.ts";
import { commandSender, listOf, messageOf, numberOf, pairsOf, type RedisClient, textOf } from "./redis-client.ts";
import { encodeVectorBlob, type VectorType } from "./vector-blob.ts";

/** Options of {@link queryEngineStore}. */
export interface QueryEngineStoreOptions {
  /** What all keys and the index begin with. @default "langthrift:cache" */
  readonly prefix?: string;
  /** Room of a vector: 4, 2 or 1 bytes a number. FLOAT16 needs Redis Stack 7.4, INT8 Redis 8. @default "FLOAT32" */
  readonly vectorType?: VectorType;
  /** FLAT compares all of a partition, HNSW is faster in large ones and may miss. @default "FLAT" */
  readonly algorithm?: "FLAT" | "HNSW";
}

const PAGE = 500;

/**
 * Entries as hashes under an index of the Redis Query Engine (Redis 8, Redis Stack). The index is made when it is first needed, and again
 * after it was lost. Partition, scope, model and tags are filters of the search itself, as hashes. Each key expires by itself.
 * A vector of another dimension than its partition's is not noticed, and not found by vectors of that partition.
 *
 * @throws {InvalidOptionError} when `prefix` is empty.
 */
export function queryEngineStore(
  client: RedisClient,
  { prefix = "langthrift:cache", vectorType = "FLOAT32", algorithm = "FLAT" }: QueryEngineStoreOptions = {},
): CacheStore {
  if (prefix === "") throw new InvalidOptionError('`prefix` is "". Pass what the keys of this cache begin with.');
  const send = commandSender(client);
  const index = `${prefix}:index`;
  const keyPrefix = `${prefix}:e:`;
  const fields = new Map<string, Promise<void>>();
  let made: Promise<void> | null = null;

  const keyOf = (id: string): string => keyPrefix + id;

  async function tolerate(pattern: RegExp, command: Promise<unknown>): Promise<void> {
    try {
      await command;
    } catch (error) {
      if (!pattern.test(messageOf(error))) throw error;
    }
  }

  function ensureIndex(): Promise<void> {
    const schema = ["hp", "TAG", "hs", "TAG", "hm", "TAG", "ht", "TAG", "exp", "NUMERIC", "at", "NUMERIC"];
    made ??= tolerate(
      /already exists/i,
      send(undefined, "FT.CREATE", index, "ON", "HASH", "PREFIX", "1", keyPrefix, "STOPWORDS", "0", "SCHEMA", ...schema),
    ).catch((error: unknown) => {
      made = null;
      if (!/unknown command/i.test(messageOf(error))) throw error;
      throw new CacheStoreError("unavailable", "This Redis has no Query Engine. Use Redis 8, or `plainRedisStore`.", { cause: error });
    });
    return made;
  }

  /** One vector field for each dimension in use. */
  async function ensureField(dimension: number): Promise<string> {
    await ensureIndex();
    const field = vectorField(dimension, vectorType);
    let ensured = fields.get(field);
    if (!ensured) {
      const vector = ["VECTOR", algorithm, "6", "TYPE", vectorType, "DIM", String(dimension), "DISTANCE_METRIC", "COSINE"];
      ensured = tolerate(/duplicate field/i, send(undefined, "FT.ALTER", index, "SCHEMA", "ADD", field, ...vector)).catch(
        (error: unknown) => {
          if (!/bad arguments for vector similarity/i.test(messageOf(error))) throw error;
          const message = `This Redis takes no ${vectorType} vectors. Pass \`vectorType: "FLOAT32"\`, or use Redis 8.`;
          throw new CacheStoreError("unavailable", message, { cause: error });
        },
      );
      fields.set(field, ensured);
      ensured.catch(() => fields.delete(field));
    }
    await ensured;
    return field;
  }

  /** Runs a search; when the index is gone (a flushed or new server), makes it anew and runs it once more. */
  async function withIndex<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!/no such index|unknown index|index.*not found|unknown field|property .*not/i.test(messageOf(error))) throw error;
      made = null;
      fields.clear();
      return run();
    }
  }

  /** The keys that meet the filter without its ids, a page of them. */
  async function page(filter: EntryFilter, offset: number): Promise<string[]> {
    const reply = await withIndex(async () => {
      await ensureIndex();
      const limit = ["LIMIT", String(offset), String(PAGE)];
      return send(undefined, "FT.SEARCH", index, queryOf(filter), "NOCONTENT", ...limit, "DIALECT", "2");
    });
    return rowsOf(reply).map(({ key }) => key);
  }

  async function read(key: string): Promise<CacheEntry | null> {
    return entryOf(key.slice(keyPrefix.length), await send(key, "HGETALL", key));
  }

  return {
    async get(id, now) {
      const entry = await read(keyOf(id));
      return entry && entry.expiresAt > now ? entry : null;
    },
    async search({ partition, vector, k, now }) {
      requireFinite(vector);
      const reply = await withIndex(async () => {
        const field = await ensureField(vector.length);
        // Some more than asked for: equals are to be ordered by id, and few bits may swap neighbours.
        const query = `(@hp:{${tagOf(partition)}} @exp:[(${Math.floor(now)} +inf])=>[KNN ${k + 4} @${field} $q AS distance]`;
        const blob = encodeVectorBlob(vector, vectorType);
        const order = ["SORTBY", "distance", "LIMIT", "0", String(k + 4), "DIALECT", "2"];
        return send(undefined, "FT.SEARCH", index, query, "PARAMS", "2", "q", blob, ...order);
      });
      const candidates = rowsOf(reply).map(({ values }) => (values === null ? null : fromHash(values)));
      return nearestOf(candidates, { partition, vector, k, now });
    },
    async put(entry) {
      if (entry.vector) {
        requireFinite(entry.vector);
        await ensureField(entry.vector.length);
      } else await ensureIndex();
      const key = keyOf(entry.id);
      await send(key, "EVAL", PUT_SCRIPT, "1", key, putExpiry(entry.expiresAt), ...toHash(entry, vectorType));
    },
    async update(id, patch) {
      const key = keyOf(id);
      return numberOf(await send(key, "EVAL", UPDATE_SCRIPT, "1", key, updateExpiry(patch.expiresAt), ...patchToHash(patch))) === 1;
    },
    async delete(filter) {
      let deleted = 0;
      if (filter.ids) {
        for (const id of new Set(filter.ids)) {
          const entry = await read(keyOf(id));
          if (entry && matchesFilter(entry, filter)) deleted += numberOf(await send(keyOf(id), "UNLINK", keyOf(id)));
        }
        return deleted;
      }
      for (;;) {
        const keys = await page(filter, 0);
        const counts = await Promise.all(keys.map((key) => send(key, "UNLINK", key)));
        const gone = counts.reduce<number>((sum, count) => sum + numberOf(count), 0);
        deleted += gone;
        if (gone === 0) return deleted;
      }
    },
    async *entries(filter = {}) {
      if (filter.ids) {
        for (const id of new Set(filter.ids)) {
          const entry = await read(keyOf(id));
          if (entry && matchesFilter(entry, filter)) yield entry;
        }
        return;
      }
      for (let offset = 0; ; offset += PAGE) {
        const keys = await page(filter, offset);
        for (const entry of await Promise.all(keys.map((key) => read(key)))) if (entry) yield entry;
        if (keys.length < PAGE) return;
      }
    },
    // The client is the caller's.
    close: () => Promise.resolve(),
  };
}

function queryOf({ partition, scope, model, tags, createdBefore }: EntryFilter): string {
  const terms = [
    ...(partition === undefined ? [] : [`@hp:{${tagOf(partition)}}`]),
    ...(scope === undefined ? [] : [`@hs:{${tagOf(scope)}}`]),
    ...(model === undefined ? [] : [`@hm:{${tagOf(model)}}`]),
    // No tag at all can match none: a hash of nothing is the tag of no entry.
    ...(tags === undefined ? [] : [`@ht:{${tags.length === 0 ? "none" : tags.map(tagOf).join("|")}}`]),
    ...(createdBefore === undefined ? [] : [`@at:[-inf (${createdBefore}]`]),
  ];
  return terms.length === 0 ? "*" : terms.join(" ");
}

interface Row {
  readonly key: string;
  /** Fields of the hash; `null` where the reply has none. */
  readonly values: unknown;
}

/** The rows of FT.SEARCH: a flat list of keys and fields in RESP2, a map with `results` in RESP3. */
function rowsOf(reply: unknown): Row[] {
  if (Array.isArray(reply) && !isNamed(reply)) {
    numberOf(reply[0]);
    const rows: Row[] = [];
    for (let i = 1; i < reply.length; i += 1) {
      const next: unknown = reply[i + 1];
      const hasValues = Array.isArray(next) || next === null;
      rows.push({ key: textOf(reply[i]), values: hasValues ? next : null });
      if (hasValues) i += 1;
    }
    return rows;
  }
  return listOf(pairsOf(reply).get("results")).map((result) => {
    const row = pairsOf(result);
    return { key: textOf(row.get("id")), values: row.get("extra_attributes") ?? null };
  });
}

/** A map that came as a flat list begins with a name, the list of rows with a count. */
function isNamed(reply: readonly unknown[]): boolean {
  const [first] = reply;
  return (typeof first === "string" || Buffer.isBuffer(first)) && !/^\d+$/.test(textOf(first));
}
