import { memoryCacheStore } from "@langthrift/semantic-cache";
import { DIMENSION, nearestByLoop } from "./vector-set.ts";

/** A way to find the nearest of many vectors. */
export interface Contender {
  /** Stands in front of its figures; ours has none. */
  readonly name: string;
  insert(row: number, vector: Float32Array): Promise<void> | void;
  /** The row it takes for the nearest. */
  nearest(query: Float32Array): Promise<number> | number;
  delete?(row: number): Promise<void> | void;
  close(): Promise<void> | void;
}

export function ourStore(capacity: number): Contender {
  const store = memoryCacheStore({ maxEntries: capacity + 1000 });
  const base = {
    partition: "bench",
    scope: "bench",
    model: "bench",
    tags: [],
    createdAt: 0,
    expiresAt: Infinity,
    payload: "{}",
    state: { uses: 0, nanoUsd: null, labels: [] },
  };
  return {
    name: "",
    insert: (row, vector) => store.put({ ...base, id: String(row), vector }),
    async nearest(query) {
      const [found] = await store.search({ partition: "bench", vector: query, k: 1, now: 1 });
      return Number(found?.entry.id ?? -1);
    },
    delete: async (row) => void (await store.delete({ ids: [String(row)] })),
    close: () => store.close(),
  };
}

/** What everybody writes first: a Float32Array and a loop. */
export function plainLoop(vectors: Float32Array): Contender {
  return { name: "loop_", insert: () => undefined, nearest: (query) => nearestByLoop(vectors, query), close: () => undefined };
}

/** The peers that are installed here; each is a library of its own, some compile when they are installed. */
export async function installedPeers(capacity: number): Promise<{ peers: Contender[]; missing: string[] }> {
  const peers: Contender[] = [];
  const missing: string[] = [];
  for (const [name, make] of [
    ["usearch", usearchPeer],
    ["hnswlib-node", hnswlibPeer],
    ["sqlite-vec", sqliteVecPeer],
  ] as const) {
    try {
      peers.push(await make(capacity));
    } catch (error) {
      missing.push(`${name} (${error instanceof Error ? error.message.split("\n")[0] : String(error)})`);
    }
  }
  return { peers, missing };
}

/** Loads a library by a name that the type-checker does not follow, because it need not be installed. */
async function load<T>(name: string): Promise<T> {
  const module = (await import(name)) as { default?: T } & T;
  return module.default ?? module;
}

async function usearchPeer(): Promise<Contender> {
  interface Usearch {
    Index: new (options: object) => {
      add(key: bigint, vector: Float32Array): void;
      search(vector: Float32Array, k: number, threads: number): { keys: BigUint64Array };
      remove(key: bigint): void;
    };
    MetricKind: { Cos: string };
    ScalarKind: { F32: string };
  }
  const { Index, MetricKind, ScalarKind } = await load<Usearch>("usearch");
  const index = new Index({ metric: MetricKind.Cos, quantization: ScalarKind.F32, dimensions: DIMENSION, connectivity: 16 });
  return {
    name: "usearch_",
    insert: (row, vector) => index.add(BigInt(row), vector),
    nearest: (query) => Number(index.search(query, 1, 1).keys[0] ?? -1),
    delete: (row) => index.remove(BigInt(row)),
    close: () => undefined,
  };
}

async function hnswlibPeer(capacity: number): Promise<Contender> {
  interface Hnswlib {
    HierarchicalNSW: new (
      space: string,
      dimension: number,
    ) => {
      initIndex(capacity: number): void;
      addPoint(vector: number[], label: number): void;
      searchKnn(vector: number[], k: number): { neighbors: number[] };
      markDelete(label: number): void;
    };
  }
  const { HierarchicalNSW } = await load<Hnswlib>("hnswlib-node");
  const index = new HierarchicalNSW("cosine", DIMENSION);
  index.initIndex(capacity + 1000);
  return {
    name: "hnswlib_",
    insert: (row, vector) => index.addPoint(Array.from(vector), row),
    nearest: (query) => index.searchKnn(Array.from(query), 1).neighbors[0] ?? -1,
    delete: (row) => index.markDelete(row),
    close: () => undefined,
  };
}

async function sqliteVecPeer(): Promise<Contender> {
  interface Statement {
    run(...values: unknown[]): unknown;
    get(...values: unknown[]): Record<string, unknown> | undefined;
  }
  interface Sqlite {
    DatabaseSync: new (
      path: string,
      options: object,
    ) => {
      exec(sql: string): void;
      prepare(sql: string): Statement;
      enableLoadExtension(allow: boolean): void;
      loadExtension(path: string): void;
      close(): void;
    };
  }
  const { DatabaseSync } = await load<Sqlite>("@photostructure/sqlite");
  const { getLoadablePath } = await load<{ getLoadablePath(): string }>("sqlite-vec");
  const database = new DatabaseSync(":memory:", { allowExtension: true });
  database.enableLoadExtension(true);
  database.loadExtension(getLoadablePath());
  database.exec(`CREATE VIRTUAL TABLE vectors USING vec0(vector float[${DIMENSION}] distance_metric=cosine)`);
  const insert = database.prepare("INSERT INTO vectors(rowid, vector) VALUES (?, ?)");
  const search = database.prepare("SELECT rowid AS row FROM vectors WHERE vector MATCH ? AND k = 1");
  const remove = database.prepare("DELETE FROM vectors WHERE rowid = ?");
  const bytes = (vector: Float32Array) => new Uint8Array(vector.buffer.slice(vector.byteOffset, vector.byteOffset + vector.byteLength));
  return {
    name: "sqlite_vec_",
    insert: (row, vector) => void insert.run(BigInt(row), bytes(vector)),
    nearest: (query) => Number(search.get(bytes(query))?.["row"] ?? -1),
    delete: (row) => void remove.run(BigInt(row)),
    close: () => database.close(),
  };
}
