export { plainRedisStore, type PlainRedisStoreOptions } from "./stores/redis/plain-redis-store.ts";
export { queryEngineStore, type QueryEngineStoreOptions } from "./stores/redis/query-engine-store.ts";
export { redisFlightLock, type RedisFlightLockOptions } from "./stores/redis/redis-flight-lock.ts";
export { vectorSetStore, type VectorSetStoreOptions } from "./stores/redis/vector-set-store.ts";
export type { IoRedisClient, NodeRedisClient, NodeRedisCluster, RedisClient } from "./stores/redis/redis-client.ts";
export type { VectorType } from "./stores/redis/vector-blob.ts";
