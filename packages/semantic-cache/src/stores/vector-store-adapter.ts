import { randomUUID } from "node:crypto";
import { InMemoryStore } from "@langchain/core/stores";
import { InvalidOptionError } from "@langthrift/core";
import type { CacheEntry, CacheStore, EntryFilter } from "../cache-store.ts";
import { dimensionError, requireFinite } from "./cache-store-error.ts";
import { matchesFilter } from "./entry-filter.ts";
import { fromEntryJson, type StoredJson, toEntryJson } from "./entry-json.ts";
import { serialByKey } from "./serial-by-key.ts";
import { nearestOf, tagOf } from "./redis/entry-hash.ts";

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

/** What is used of a LangChain `BaseStore<string, Uint8Array>`. It must read what was written before, in every process. */
export interface ByteStoreLike {
  mget(keys: string[]): Promise<(Uint8Array | null | undefined)[]>;
  mset(pairs: [string, Uint8Array][]): Promise<void>;
  mdelete(keys: string[]): Promise<void>;
  yieldKeys(prefix?: string): AsyncIterable<string>;
}

/** Options of {@link vectorStoreAdapter}. */
export interface VectorStoreAdapterOptions {
  /**
   * The store's own filter for documents whose metadata field `partition` is this one: 32 hex digits, which need no escaping. It must be
   * applied before the search, not after.
   */
  readonly filter: (partition: string) => unknown;
  /**
   * Where the entries are. With a vector store that outlives the process or is shared, pass one that does and is too: entries that it
   * does not know are not served. @default a new `InMemoryStore`
   */
  readonly entries?: ByteStoreLike;
  /** What the keys in `entries` begin with. @default "langthrift-cache-" */
  readonly keyPrefix?: string;
  /** How many candidates are fetched for each one asked for, since expired and replaced ones are dropped afterwards. @default 4 */
  readonly overfetch?: number;
  /** Options of `addVectors`, for stores that take the ids of documents there; `delete({ ids })` must know them. @default ids => ({ ids }) */
  readonly addOptions?: (ids: readonly string[]) => object;
  /** Ids of documents. @default randomUUID */
  readonly newId?: () => string;
}

/** Most documents asked for in a search, however many of them turn out to be dead. */
const MOST_DOCUMENTS = 1000;
/** No entry's id: those are in turn with themselves. */
const FIRST = Symbol("first document");
/** Entries read at a time when all are gone through. */
const BATCH = 256;

/**
 * Entries in any LangChain vector store with any LangChain key-value store beside it. The vector store only finds: its documents hold the
 * vector, the partition and which writing of which entry they stand for. What an entry is now, whether it lives and how near it is are
 * decided by `entries`, so that updates, deletions and replacements hold at once, also where the vector store cannot delete.
 *
 * Changes of one entry by several processes at the same time do not mix: the last one counts.
 *
 * @throws {InvalidOptionError} without `filter`: partitions would crowd each other out.
 */
export function vectorStoreAdapter(
  vectorStore: VectorStoreLike,
  {
    filter,
    entries = new InMemoryStore<Uint8Array>(),
    keyPrefix = "langthrift-cache-",
    overfetch = 4,
    addOptions = (ids) => ({ ids }),
    newId = randomUUID,
  }: VectorStoreAdapterOptions,
): CacheStore {
  if (typeof filter !== "function") {
    throw new InvalidOptionError(
      "`filter` is missing. Pass a function from a partition to the vector store's filter on the metadata field `partition`.",
    );
  }
  if (!(overfetch >= 1)) throw new InvalidOptionError(`\`overfetch\` is ${overfetch}. Pass a factor, at least 1.`);
  const inTurn = serialByKey();
  /** Of the partitions met in this process. */
  const dimensions = new Map<string, number>();
  let added = false;
  const sweeps = new Set<Promise<void>>();
  const keyOf = (id: string): string => `${keyPrefix}${tagOf(id)}`;

  async function readMany(keys: readonly string[]): Promise<(StoredJson | null)[]> {
    return keys.length === 0 ? [] : (await entries.mget([...keys])).map(fromEntryJson);
  }

  async function read(id: string): Promise<StoredJson | null> {
    const [stored = null] = await readMany([keyOf(id)]);
    return stored?.entry.id === id ? stored : null;
  }

  /** The first one alone: some stores make their index then, and reject when two do at once. */
  async function addDocument(
    vector: number[],
    document: { pageContent: string; metadata: Record<string, unknown>; id: string },
  ): Promise<void> {
    const add = async (): Promise<void> => {
      await vectorStore.addVectors([vector], [document], addOptions([document.id]));
      added = true;
    };
    await (added ? add() : inTurn(FIRST, add));
  }

  /** Only saves room: a document that stays is never served, and not every vector store can delete. */
  async function removeDocuments(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await vectorStore.delete?.({ ids: [...ids] }).catch(() => undefined);
  }

  async function* all(conditions: EntryFilter): AsyncGenerator<StoredJson> {
    const keys = conditions.ids ? [...new Set(conditions.ids)].map(keyOf) : [];
    if (!conditions.ids) for await (const key of entries.yieldKeys(keyPrefix)) keys.push(key);
    for (let at = 0; at < keys.length; at += BATCH) {
      for (const stored of await readMany(keys.slice(at, at + BATCH))) if (stored && matchesFilter(stored.entry, conditions)) yield stored;
    }
  }

  function requireDimension(partition: string, vector: Float32Array): void {
    requireFinite(vector);
    const expected = dimensions.get(partition) ?? vector.length;
    if (expected !== vector.length) throw dimensionError(expected, vector.length);
  }

  /** The documents nearest to a vector. Some stores make their index at the first document and reject until then. */
  async function find(partition: string, vector: Float32Array, count: number): Promise<DocumentName[]> {
    try {
      const found = await vectorStore.similaritySearchVectorWithScore([...vector], count, filter(tagOf(partition)) as never);
      return found.map(([{ pageContent }]) => parseName(pageContent));
    } catch (error) {
      for await (const stored of all({})) if (stored.entry.vector) throw error;
      return [];
    }
  }

  /** Removes documents that stand for nothing any more, and their entries if those expired; nothing waits for it. */
  function sweep(dead: readonly DocumentName[], now: number): void {
    if (dead.length === 0) return;
    const sweeping = removeDocuments(dead.map(({ revision }) => revision)).then(async () => {
      for (const { id, revision } of dead) {
        await inTurn(id, async () => {
          const stored = await read(id);
          if (stored?.revision === revision && stored.entry.expiresAt <= now) await entries.mdelete([keyOf(id)]);
        });
      }
    });
    const settled: Promise<void> = sweeping.catch(() => undefined).finally(() => sweeps.delete(settled));
    sweeps.add(settled);
  }

  return {
    async get(id, now) {
      const stored = await read(id);
      return stored && stored.entry.expiresAt > now ? stored.entry : null;
    },
    async search({ partition, vector, k, now }) {
      requireDimension(partition, vector);
      const known = new Map<string, CacheEntry | null>();
      const dead: DocumentName[] = [];
      let count = Math.min(MOST_DOCUMENTS, Math.ceil(k * overfetch));
      for (;;) {
        const names = await find(partition, vector, count);
        const fresh = [...new Map(names.map((name) => [name.revision, name])).values()].filter(({ revision }) => !known.has(revision));
        const stored = await readMany(fresh.map(({ id }) => keyOf(id)));
        for (const [i, name] of fresh.entries()) {
          const found = stored[i];
          const current = found?.revision === name.revision && found.entry.id === name.id ? found.entry : null;
          known.set(name.revision, current);
          if (!current || current.expiresAt <= now) dead.push(name);
        }
        const near = nearestOf([...known.values()], { partition, vector, k, now });
        // Dead documents may fill the first places: ask for more until there are enough live ones, or no more documents.
        if (near.length < k && names.length >= count && count < MOST_DOCUMENTS) {
          count = Math.min(MOST_DOCUMENTS, count * 4);
          continue;
        }
        const other = [...known.values()].find((entry) => entry?.partition === partition && entry.vector?.length !== vector.length);
        if (other?.vector) throw dimensionError(other.vector.length, vector.length);
        sweep(dead, now);
        return near;
      }
    },
    async put(entry) {
      const { id, partition, vector } = entry;
      if (vector) {
        requireDimension(partition, vector);
        dimensions.set(partition, vector.length);
      }
      const revision = newId();
      // Written down before it waits for its turn: the caller may change its own object meanwhile.
      const bytes = toEntryJson({ entry, revision });
      const numbers = vector && [...vector];
      await inTurn(id, async () => {
        const before = await read(id);
        // The entry first: a document of a writing that `entries` does not know would be taken for a dead one.
        await entries.mset([[keyOf(id), bytes]]);
        if (numbers) {
          const document = { pageContent: nameOf({ id, revision }), metadata: { partition: tagOf(partition) }, id: revision };
          await addDocument(numbers, document);
        }
        if (before?.entry.vector) await removeDocuments([before.revision]);
      });
    },
    update: (id, patch) =>
      inTurn(id, async () => {
        const before = await read(id);
        if (!before) return false;
        await entries.mset([[keyOf(id), toEntryJson({ ...before, entry: { ...before.entry, ...patch } })]]);
        return true;
      }),
    async delete(conditions) {
      const matched: StoredJson[] = [];
      for await (const stored of all(conditions)) matched.push(stored);
      let deleted = 0;
      for (const { entry } of matched) {
        await inTurn(entry.id, async () => {
          const stored = await read(entry.id);
          if (!stored) return;
          await entries.mdelete([keyOf(entry.id)]);
          deleted += 1;
        });
      }
      await removeDocuments(matched.filter(({ entry }) => entry.vector).map(({ revision }) => revision));
      return deleted;
    },
    async *entries(conditions = {}) {
      for await (const { entry } of all(conditions)) yield entry;
    },
    async close() {
      await Promise.all(sweeps);
    },
  };
}

/** Which writing of which entry a document stands for; the revision is also the document's id. */
interface DocumentName {
  readonly id: string;
  readonly revision: string;
}

// In the text, since some stores keep only those fields of the metadata that their schema names.
function nameOf({ id, revision }: DocumentName): string {
  return `${revision} ${id}`;
}

function parseName(text: string): DocumentName {
  const end = text.indexOf(" ");
  return { revision: text.slice(0, end), id: text.slice(end + 1) };
}
