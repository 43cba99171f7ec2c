export {
  type CacheStoreCapabilities,
  type CacheStoreExpectation,
  cacheStoreSuite,
  type CacheStoreSuiteOptions,
  type CacheStoreSuiteRunner,
} from "./stores/cache-store-suite.ts";
