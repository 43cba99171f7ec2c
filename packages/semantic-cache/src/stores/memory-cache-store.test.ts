import { describe, expect, test } from "vitest";
import { cacheStoreSuite } from "./cache-store-suite.ts";
import { memoryCacheStore } from "./memory-cache-store.ts";

describe("memoryCacheStore", () => {
  cacheStoreSuite({ test, expect, create: () => memoryCacheStore() });
});
