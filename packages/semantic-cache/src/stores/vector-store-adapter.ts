import { InvalidOptionError } from "@langthrift/core";
import type { CacheEntry, CacheStore } from "../cache-store.ts";
import { CacheStoreError, requireFinite } from "./cache-store-error.ts";
import { matchesFilter } from "./entry-filter.ts";
import { nearestOf } from "./redis/entry-hash.ts";

/** What is used of a LangChain `VectorStore`. */
export interface VectorStoreLike {
  addVectors(
    vectors: number[][],
    documents: { pageContent: string; metadata: Record<string, unknown>; id?: string }[],
    options?: object,
  ): Promise<unknown>;
  similaritySearchVectorWithScore(
    query: number[],
    k: number,
    filter?: never,
  ): Promise<[{ pageContent: string; metadata: Record<string, unknown> }, number][]>;
  delete?(params?: Record<string, unknown>): Promise<unknown>;
}

export interface VectorStoreAdapterOptions {
  /** The store's own filter for documents whose metadata field `partition` is this one. It must be applied before the search, not after. */
  readonly filter: (partition: string) => unknown;
  /** How many candidates are fetched for each one asked for, since expired and replaced ones are dropped afterwards. @default 8 */
  readonly overfetch?: number;
  /** Options of `addVectors`, for stores that take the ids of documents there. @default ids => ({ ids }) */
  readonly addOptions?: (ids: readonly string[]) => object;
}

/** What is kept here of an entry: all but its vector, and the revision that the vector store's document carries. */
interface Known {
  readonly entry: CacheEntry;
  readonly revision: number;
}

/**
 * Candidates from any LangChain vector store. The vector store only finds: what an entry is now, whether it lives and how near it is are
 * decided here, from this process's own table, so updates, deletions and replacements hold at once whatever the vector store does.
 * Entries of other processes and of earlier runs are therefore not served. Where there is a choice, use a store of its own.
 *
 * @throws {InvalidOptionError} without `filter`: partitions would mix.
 */
export function vectorStoreAdapter(
  vectorStore: VectorStoreLike,
  { filter, overfetch = 8, addOptions = (ids) => ({ ids }) }: VectorStoreAdapterOptions,
): CacheStore {
  if (typeof filter !== "function") {
    throw new InvalidOptionError(
      "`filter` is missing. Pass a function from a partition to the vector store's filter on the metadata field `partition`.",
    );
  }
  if (!(overfetch >= 1)) throw new InvalidOptionError(`\`overfetch\` is ${overfetch}. Pass a factor, at least 1.`);
  const known = new Map<string, Known>();
  /** Documents in the vector store of each partition, those replaced or deleted included. */
  const documents = new Map<string, { count: number; dimension: number }>();
  let revisions = 0;

  function requireDimension(partition: string, vector: Float32Array): void {
    requireFinite(vector);
    const expected = documents.get(partition)?.dimension ?? vector.length;
    if (expected !== vector.length)
      throw new CacheStoreError("dimension", `The partition holds vectors of ${expected} dimensions, not ${vector.length}.`);
  }

  function matching(conditions: Parameters<CacheStore["delete"]>[0]): CacheEntry[] {
    const ids = conditions.ids ? [...new Set(conditions.ids)] : [...known.keys()];
    return ids.flatMap((id) => known.get(id)?.entry ?? []).filter((entry) => matchesFilter(entry, { ...conditions, ids: undefined }));
  }

  async function fetch(partition: string, vector: Float32Array, count: number): Promise<(CacheEntry | null)[]> {
    const found = await vectorStore.similaritySearchVectorWithScore([...vector], count, filter(partition) as never);
    return found.map(([{ metadata }]) => {
      const entry = known.get(String(metadata["entryId"]));
      return entry && String(entry.revision) === String(metadata["revision"]) ? entry.entry : null;
    });
  }

  return {
    get: async (id, now) => {
      const entry = known.get(id)?.entry;
      return entry && entry.expiresAt > now ? copy(entry) : null;
    },
    async search({ partition, vector, k, now }) {
      requireDimension(partition, vector);
      const stored = documents.get(partition);
      if (!stored) return [];
      let count = Math.min(stored.count, k * overfetch);
      for (;;) {
        const near = nearestOf(await fetch(partition, vector, count), { partition, vector, k, now });
        // Dead documents may fill the first places: ask for more until there are enough live ones, or no more documents.
        if (near.length >= k || count >= stored.count) return near.map(({ similarity, entry }) => ({ similarity, entry: copy(entry) }));
        count = Math.min(stored.count, count * 4);
      }
    },
    async put(entry) {
      const revision = (revisions += 1);
      if (entry.vector) {
        requireDimension(entry.partition, entry.vector);
        const metadata = { partition: entry.partition, entryId: entry.id, revision: String(revision) };
        const stored = documents.get(entry.partition) ?? { count: 0, dimension: entry.vector.length };
        documents.set(entry.partition, { ...stored, count: stored.count + 1 });
        const id = `${entry.id}:${revision}`;
        await vectorStore.addVectors([[...entry.vector]], [{ pageContent: entry.id, metadata, id }], addOptions([id]));
      }
      known.set(entry.id, { entry: copy(entry), revision });
    },
    update: async (id, patch) => {
      const before = known.get(id);
      if (!before) return false;
      known.set(id, { ...before, entry: copy({ ...before.entry, ...patch }) });
      return true;
    },
    async delete(conditions) {
      const matched = matching(conditions);
      const ids = matched.map(({ id }) => `${id}:${known.get(id)?.revision}`);
      for (const { id } of matched) known.delete(id);
      // A document that stays is never served; removing it only saves room, and not every vector store can.
      if (ids.length > 0) await vectorStore.delete?.({ ids }).catch(() => undefined);
      return matched.length;
    },
    async *entries(conditions = {}) {
      for (const entry of matching(conditions)) yield copy(entry);
    },
    close: async () => known.clear(),
  };
}

function copy(entry: CacheEntry): CacheEntry {
  const { tags, vector, state } = entry;
  return { ...entry, tags: [...tags], vector: vector && Float32Array.from(vector), state: { ...state, labels: [...state.labels] } };
}
