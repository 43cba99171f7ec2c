import type { SparseVector } from "./sparse-vector.ts";

/** A request as the learners read it. */
export interface Request {
  readonly prompt: string;
  /** Surface features in standard deviations. */
  readonly scaled: readonly number[];
  /** Centred embedding, where the router reads embeddings. */
  readonly embedding?: Float32Array;
}

/** A labelled request. */
export interface Example extends Request {
  /** By model. */
  readonly scores: readonly number[];
  /** Examples of one key are never apart: the same prompt, or one group. */
  readonly key: string;
}

/** Expected score of each model. */
export type Learned = (request: Request) => number[];

/** A dense vector as a sparse one. */
export function sparseOf(values: Float32Array): SparseVector {
  return { indices: Uint32Array.from(values.keys()), values };
}
