import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cacheStoreSuite } from "./cache-store-suite.ts";
import { memoryCacheStore } from "./memory-cache-store.ts";

describe("memoryCacheStore", () => {
  cacheStoreSuite({ test, expect, create: () => memoryCacheStore() });
});

describe("memoryCacheStore on disk", () => {
  let folder = "";
  let stores = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "semantic-cache-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // A log of a few bytes, so that snapshots come and go all the time.
  cacheStoreSuite({ test, expect, create: () => memoryCacheStore({ path: join(folder, String((stores += 1))), minLogBytes: 100 }) });
});
