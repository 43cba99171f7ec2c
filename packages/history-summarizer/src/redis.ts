export { redisSummaryStore, type RedisSummaryClient, type RedisSummaryStoreOptions } from "./stores/redis-summary-store.ts";
