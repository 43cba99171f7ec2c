export {
  type IoRedisRouterClient,
  type NodeRedisRouterClient,
  redisRouterStore,
  type RedisRouterStoreOptions,
} from "./redis-router-store.ts";
