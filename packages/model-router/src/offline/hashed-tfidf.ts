import { InvalidOptionError } from "@langthrift/core";
import { decodeFloats, encodeFloats } from "./binary-text.ts";
import { sparseFromMap, type SparseVector } from "./sparse-vector.ts";
import { tokenize } from "./tokenize.ts";

export interface HashedTfidfOptions {
  /** Buckets that words and word pairs are hashed into; a power of two. @default 32_768 */
  readonly dimensions?: number;
  /** Words read from the start of a text. @default 600 */
  readonly maxWords?: number;
}

/** What was learnt, as JSON. Holds no text. */
export interface HashedTfidfState {
  readonly kind: "hashed-tfidf";
  readonly dimensions: number;
  readonly maxWords: number;
  /** Weight of each bucket, float32 in base64. */
  readonly idf: string;
}

/**
 * Texts as sparse vectors of unit length: words and word pairs, hashed with FNV-1a, weighted (1 + ln tf) × (ln((1 + N) / (1 + df)) + 1).
 * Offline, no dependency, deterministic.
 */
export interface HashedTfidf {
  readonly dimensions: number;
  transform(text: string): SparseVector;
  toJSON(): HashedTfidfState;
}

/** Learns the weights from texts. @throws {InvalidOptionError} when `dimensions` is no power of two. */
export function fitHashedTfidf(texts: readonly string[], { dimensions = 32_768, maxWords = 600 }: HashedTfidfOptions = {}): HashedTfidf {
  if (!Number.isInteger(dimensions) || dimensions < 2 || (dimensions & (dimensions - 1)) !== 0) {
    throw new InvalidOptionError(`\`dimensions\` is ${dimensions}. Pass a power of two.`);
  }
  const frequencies = new Uint32Array(dimensions);
  for (const text of texts) for (const bucket of countBuckets(text, dimensions, maxWords).keys()) frequencies[bucket]! += 1;
  const idf = new Float32Array(dimensions);
  for (let bucket = 0; bucket < dimensions; bucket += 1) idf[bucket] = Math.log((1 + texts.length) / (1 + frequencies[bucket]!)) + 1;
  return hashedTfidf(dimensions, maxWords, idf);
}

export function loadHashedTfidf({ dimensions, maxWords, idf }: HashedTfidfState): HashedTfidf {
  const weights = decodeFloats(idf);
  if (weights.length !== dimensions)
    throw new InvalidOptionError(`The vectoriser has ${weights.length} weights for ${dimensions} dimensions; the artefact is damaged.`);
  return hashedTfidf(dimensions, maxWords, weights);
}

function hashedTfidf(dimensions: number, maxWords: number, idf: Float32Array): HashedTfidf {
  return {
    dimensions,
    transform(text) {
      const counts = countBuckets(text, dimensions, maxWords);
      let norm = 0;
      for (const [bucket, count] of counts) {
        const value = (1 + Math.log(count)) * idf[bucket]!;
        counts.set(bucket, value);
        norm += value * value;
      }
      norm = Math.sqrt(norm);
      if (norm > 0) for (const [bucket, value] of counts) counts.set(bucket, value / norm);
      return sparseFromMap(counts);
    },
    toJSON: () => ({ kind: "hashed-tfidf", dimensions, maxWords, idf: encodeFloats(idf) }),
  };
}

function countBuckets(text: string, dimensions: number, maxWords: number): Map<number, number> {
  const counts = new Map<number, number>();
  const mask = dimensions - 1;
  let previous: number | undefined;
  for (const token of tokenize(text, maxWords)) {
    const own = fnv(token, 0x811c9dc5);
    add(counts, own & mask);
    // The pair's hash goes on where the first word's ended.
    if (previous !== undefined) add(counts, fnv(token, fnv(" ", previous)) & mask);
    previous = own;
  }
  return counts;
}

function add(counts: Map<number, number>, bucket: number): void {
  counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
}

/** FNV-1a over UTF-16 code units. */
function fnv(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
