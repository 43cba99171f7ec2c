export { redisBudgetStore, type RedisBudgetStoreOptions } from "./budgets/redis-budget-store.ts";
export type { IoRedisLike, NodeRedisLike } from "./budgets/redis-client-like.ts";
