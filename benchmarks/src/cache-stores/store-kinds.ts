import { type CacheStore, memoryCacheStore } from "@langthrift/semantic-cache";
import { plainRedisStore, queryEngineStore, vectorSetStore } from "@langthrift/semantic-cache/redis";
import type { RedisServer } from "./redis-servers.ts";

/** A store in one of the forms in which it can keep vectors. */
export interface StoreKind {
  /** Stands in front of its figures. */
  readonly name: string;
  /** The environment's variable that names its server; `null` for the one in process. */
  readonly server: "REDIS_URL" | "REDIS_STACK_URL" | "REDIS_VECTORSET_URL" | null;
  create(server: RedisServer | null, prefix: string): CacheStore;
  /** What the store itself leaves behind when its entries are gone. */
  cleanUp?(server: RedisServer, prefix: string): Promise<unknown>;
}

type Create<Options> = (client: RedisServer["client"], options: Options & { prefix: string }) => CacheStore;

function onRedis<Options extends object>(
  name: string,
  server: NonNullable<StoreKind["server"]>,
  create: Create<Options>,
  options: Options,
): StoreKind {
  return { name, server, create: (redis, prefix) => create((redis as RedisServer).client, { ...options, prefix }) };
}

const queryEngine = (name: string, options: NonNullable<Parameters<typeof queryEngineStore>[1]>): StoreKind => ({
  ...onRedis(`query_engine_${name}`, "REDIS_STACK_URL", queryEngineStore, options),
  cleanUp: (server, prefix) => server.command("FT.DROPINDEX", `${prefix}:index`),
});
const vectorSet = (name: string, options: NonNullable<Parameters<typeof vectorSetStore>[1]>): StoreKind =>
  onRedis(`vector_set_${name}`, "REDIS_VECTORSET_URL", vectorSetStore, options);
const plain = (name: string, options: NonNullable<Parameters<typeof plainRedisStore>[1]>): StoreKind =>
  onRedis(`plain_${name}`, "REDIS_URL", plainRedisStore, options);

export const storeKinds: readonly StoreKind[] = [
  { name: "memory", server: null, create: () => memoryCacheStore() },
  plain("float32", { vectorType: "FLOAT32" }),
  plain("float16", { vectorType: "FLOAT16" }),
  plain("int8", { vectorType: "INT8" }),
  queryEngine("flat_float32", { vectorType: "FLOAT32" }),
  queryEngine("flat_float16", { vectorType: "FLOAT16" }),
  queryEngine("flat_int8", { vectorType: "INT8" }),
  queryEngine("hnsw_float32", { vectorType: "FLOAT32", algorithm: "HNSW" }),
  queryEngine("hnsw_float16", { vectorType: "FLOAT16", algorithm: "HNSW" }),
  queryEngine("hnsw_int8", { vectorType: "INT8", algorithm: "HNSW" }),
  vectorSet("noquant_float32", { quantization: "NOQUANT", vectorType: "FLOAT32" }),
  vectorSet("q8_float32", { quantization: "Q8", vectorType: "FLOAT32" }),
  vectorSet("q8_float16", { quantization: "Q8", vectorType: "FLOAT16" }),
  vectorSet("q8_int8", { quantization: "Q8", vectorType: "INT8" }),
];
