import { InvalidOptionError } from "@langthrift/core";
import type { CacheEntry, CacheStore } from "../../cache-store.ts";
import { requireFinite } from "../cache-store-error.ts";
import { entryOf, expiryOf, nearestOf, patchToHash, tagOf, toHash } from "./entry-hash.ts";
import { PUT_SCRIPT, putExpiry, UPDATE_SCRIPT, updateExpiry } from "./entry-scripts.ts";
import { listedEntries } from "./id-set.ts";
import { commandSender, listOf, numberOf, type RedisClient, textOf } from "./redis-client.ts";
import { encodeVectorBlob, type VectorType } from "./vector-blob.ts";

/** Options of {@link vectorSetStore}. */
export interface VectorSetStoreOptions {
  /** What all keys begin with. @default "langthrift:cache" */
  readonly prefix?: string;
  /** Room of the vector that is kept with the entry and decides its similarity: 4, 2 or 1 bytes a number. @default "FLOAT32" */
  readonly vectorType?: VectorType;
  /** Room of the vector in the set that finds candidates: 1 byte a number (Q8) or 4 (NOQUANT). @default "Q8" */
  readonly quantization?: "Q8" | "NOQUANT";
}

/**
 * Entries as hashes, found through a vector set for each partition (Redis 8). The set only names candidates: the similarity is that of the
 * vector in the hash. A set's elements do not expire by themselves, so those found dead are removed as searches come upon them.
 *
 * @throws {InvalidOptionError} when `prefix` is empty.
 */
export function vectorSetStore(
  client: RedisClient,
  { prefix = "langthrift:cache", vectorType = "FLOAT32", quantization = "Q8" }: VectorSetStoreOptions = {},
): CacheStore {
  if (prefix === "") throw new InvalidOptionError('`prefix` is "". Pass what the keys of this cache begin with.');
  const send = commandSender(client);
  const idsKey = `${prefix}:ids`;
  const keyOf = (id: string): string => `${prefix}:e:${id}`;
  const setOf = (partition: string): string => `${prefix}:v:${tagOf(partition)}`;

  async function read(id: string): Promise<CacheEntry | null> {
    return entryOf(id, await send(keyOf(id), "HGETALL", keyOf(id)));
  }

  async function remove(entry: CacheEntry): Promise<number> {
    const set = setOf(entry.partition);
    // The hash first: what is found without it is not served.
    const removed = numberOf(await send(keyOf(entry.id), "UNLINK", keyOf(entry.id)));
    if (entry.vector) await send(set, "VREM", set, entry.id);
    await send(idsKey, "SREM", idsKey, entry.id);
    return removed;
  }

  /** Some elements drawn at random: those past their expiry go, since nothing else removes them. */
  async function sweep(set: string, now: number): Promise<void> {
    const drawn = await send(set, "VRANDMEMBER", set, "4");
    for (const id of drawn === null ? [] : listOf(drawn).map(textOf)) {
      const attributes = await send(set, "VGETATTR", set, id);
      if (attributes === null) continue;
      const { exp } = JSON.parse(textOf(attributes)) as { exp: number };
      if (exp <= now) await send(set, "VREM", set, id);
    }
  }

  return {
    async get(id, now) {
      const entry = await read(id);
      return entry && entry.expiresAt > now ? entry : null;
    },
    async search({ partition, vector, k, now }) {
      requireFinite(vector);
      const set = setOf(partition);
      const filter = ["FILTER", `.exp > ${Math.floor(now)}`, "FILTER-EF", "10000"];
      const count = String(Math.max(16, 4 * k));
      const reply = await send(set, "VSIM", set, "FP32", encodeVectorBlob(vector, "FLOAT32"), "COUNT", count, ...filter);
      const candidates = await Promise.all(listOf(reply).map((id) => read(textOf(id))));
      return nearestOf(candidates, { partition, vector, k, now });
    },
    async put(entry) {
      const { id, vector, partition, expiresAt } = entry;
      const set = setOf(partition);
      if (vector) {
        requireFinite(vector);
        const attributes = JSON.stringify({ exp: expiryOf(expiresAt) });
        const blob = encodeVectorBlob(vector, "FLOAT32");
        await send(set, "VADD", set, "FP32", blob, id, quantization, "SETATTR", attributes);
      }
      const former = await read(id);
      if (former?.vector && (!vector || former.partition !== partition))
        await send(setOf(former.partition), "VREM", setOf(former.partition), id);
      await send(idsKey, "SADD", idsKey, id);
      await send(keyOf(id), "EVAL", PUT_SCRIPT, "1", keyOf(id), putExpiry(expiresAt), ...toHash(entry, vectorType));
      if (vector) await sweep(set, Date.now());
    },
    async update(id, patch) {
      const key = keyOf(id);
      const changed = await send(key, "EVAL", UPDATE_SCRIPT, "1", key, updateExpiry(patch.expiresAt), ...patchToHash(patch));
      if (numberOf(changed) === 0) return false;
      if (patch.expiresAt !== undefined) {
        const entry = await read(id);
        const set = entry?.vector ? setOf(entry.partition) : null;
        if (set) await send(set, "VSETATTR", set, id, JSON.stringify({ exp: expiryOf(patch.expiresAt) }));
      }
      return true;
    },
    async delete(filter) {
      const matched: CacheEntry[] = [];
      for await (const entry of listedEntries(send, { idsKey, keyOf }, filter)) matched.push(entry);
      let deleted = 0;
      for (const entry of matched) deleted += await remove(entry);
      return deleted;
    },
    entries: (filter = {}) => listedEntries(send, { idsKey, keyOf }, filter),
    // The client is the caller's.
    close: () => Promise.resolve(),
  };
}
