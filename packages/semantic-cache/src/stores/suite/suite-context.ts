import type { CacheStore } from "../../cache-store.ts";
import type { CacheStoreCapabilities, CacheStoreSuiteOptions, CacheStoreSuiteRunner } from "../cache-store-suite.ts";

/** What the parts of the suite share: the runner, the store's promises, and short ways to ask a store. */
export interface SuiteContext {
  readonly expect: CacheStoreSuiteRunner["expect"];
  readonly capabilities: Required<CacheStoreCapabilities>;
  /** A test with a store of its own, and the time. */
  check(name: string, run: (store: CacheStore, now: number) => Promise<void>): void;
  rejected(call: () => Promise<unknown>): Promise<boolean>;
  idsOf(store: CacheStore, query: { partition?: string; vector: Float32Array; k?: number; now: number }): Promise<string[]>;
  listed(store: CacheStore, filter?: Parameters<CacheStore["entries"]>[0]): Promise<string[]>;
}

export function suiteContext({ test, expect, create, destroy, capabilities = {} }: CacheStoreSuiteOptions): SuiteContext {
  const {
    similarityError = 1e-6,
    vectorError = 1e-6,
    rejectsOtherDimension = true,
    listsExpired = true,
    mixesDimensions = true,
  } = capabilities;

  function check(name: string, run: (store: CacheStore, now: number) => Promise<void>): void {
    test(name, async () => {
      const store = await create();
      try {
        await run(store, Date.now());
      } finally {
        await store.close().catch(() => undefined);
        await destroy?.(store);
      }
    });
  }

  async function rejected(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return false;
    } catch {
      return true;
    }
  }

  async function idsOf(store: CacheStore, query: { partition?: string; vector: Float32Array; k?: number; now: number }): Promise<string[]> {
    const found = await store.search({ partition: query.partition ?? "p", vector: query.vector, k: query.k ?? 4, now: query.now });
    return found.map(({ entry }) => entry.id);
  }

  async function listed(store: CacheStore, filter?: Parameters<CacheStore["entries"]>[0]): Promise<string[]> {
    const ids: string[] = [];
    for await (const entry of store.entries(filter)) ids.push(entry.id);
    return ids.sort();
  }

  const promised = { similarityError, vectorError, rejectsOtherDimension, listsExpired, mixesDimensions };
  return { expect, capabilities: promised, check, rejected, idsOf, listed };
}
