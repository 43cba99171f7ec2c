import type { CacheStore } from "../cache-store.ts";
import { filteringSuite } from "./suite/filtering-suite.ts";
import { keepingSuite } from "./suite/keeping-suite.ts";
import { searchingSuite } from "./suite/searching-suite.ts";
import { suiteContext } from "./suite/suite-context.ts";

/** The part of a test runner that the suite uses; those of vitest and jest fit. */
export interface CacheStoreSuiteRunner {
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  readonly expect: (actual: unknown) => CacheStoreExpectation;
}

/** The assertions that the suite uses. */
export interface CacheStoreExpectation {
  toBe(expected: unknown): unknown;
  toEqual(expected: unknown): unknown;
  toBeLessThanOrEqual(expected: number): unknown;
}

/** What a store promises more, or less, than the default. */
export interface CacheStoreCapabilities {
  /** Largest error of a cosine that the store reports. @default 1e-6 */
  readonly similarityError?: number;
  /** Largest error of a number in a vector that comes back, for stores that keep fewer bits. @default 1e-6 */
  readonly vectorError?: number;
  /** Whether a vector of another dimension than its partition's is rejected by `put` and `search`. @default true */
  readonly rejectsOtherDimension?: boolean;
  /** Whether `entries()` also lists what has expired; servers drop it by themselves. @default true */
  readonly listsExpired?: boolean;
  /** Whether partitions may hold vectors of different dimensions; an index made for one model may not. @default true */
  readonly mixesDimensions?: boolean;
}

/** Options of {@link cacheStoreSuite}. */
export interface CacheStoreSuiteOptions extends CacheStoreSuiteRunner {
  /** A new store that holds nothing. */
  readonly create: () => CacheStore | Promise<CacheStore>;
  /** Frees what `create` made; the store has been closed by then. */
  readonly destroy?: (store: CacheStore) => void | Promise<void>;
  /** @default all of the defaults */
  readonly capabilities?: CacheStoreCapabilities;
}

/**
 * What every `CacheStore` must do, as tests for any runner. An adapter's test file is then a call of this.
 *
 * @example
 * cacheStoreSuite({ test, expect, create: () => memoryCacheStore() });
 */
export function cacheStoreSuite(options: CacheStoreSuiteOptions): void {
  const context = suiteContext(options);
  keepingSuite(context);
  searchingSuite(context);
  filteringSuite(context);
}
