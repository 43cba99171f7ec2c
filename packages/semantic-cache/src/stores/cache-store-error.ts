import { LangThriftError } from "@langthrift/core";
import { ns } from "@langchain/core/errors";

const BrandedStore: typeof LangThriftError = /* @__PURE__ */ ns.brand(LangThriftError, "langthrift.cache-store");

/**
 * `dimension` another length than the partition's vectors, `not-finite` NaN or infinity in a vector, `closed` used after `close()`,
 * `locked` another process writes the same files, `write` the disk refused, `reply` the server answered what it should not,
 * `unavailable` the server cannot do what the store needs.
 */
export type CacheStoreErrorReason = "dimension" | "not-finite" | "closed" | "locked" | "write" | "reply" | "unavailable";

/** A store could not do what it was asked to. The cache goes on as on a miss. */
export class CacheStoreError extends BrandedStore {
  override readonly name: string = "CacheStoreError";
  readonly reason: CacheStoreErrorReason;

  constructor(reason: CacheStoreErrorReason, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

/** @throws {CacheStoreError} when a number of the vector is NaN or infinite. */
export function requireFinite(vector: Float32Array): void {
  for (let i = 0; i < vector.length; i += 1) {
    if (!Number.isFinite(vector[i])) {
      throw new CacheStoreError(
        "not-finite",
        `The vector holds ${vector[i]} at ${i}. Check the embedding model: every number must be finite.`,
      );
    }
  }
}

export function dimensionError(expected: number, actual: number): CacheStoreError {
  return new CacheStoreError(
    "dimension",
    `The vector has ${actual} dimensions and the partition holds vectors of ${expected}. Give each embedding model a partition of its own.`,
  );
}
