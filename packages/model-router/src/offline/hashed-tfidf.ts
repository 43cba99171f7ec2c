import { InvalidOptionError } from "@langthrift/core";
import { decodeFloats, encodeFloats } from "./binary-text.ts";
import { fnv } from "./fnv.ts";
import type { SparseVector } from "./sparse-vector.ts";
import { tokenize } from "./tokenize.ts";

export interface HashedTfidfOptions {
  /** Buckets that words and runs of words are hashed into, and again as many for characters; a power of two. @default 32_768 */
  readonly dimensions?: number;
  /** Longest run of words. @default 3 */
  readonly wordGrams?: number;
  /** Share of the squared length that runs of 3 to 5 characters take, 0 to below 1; 0 leaves them out. @default 0.5 */
  readonly characterShare?: number;
  /** Power of the inverse document frequency: 1 favours rare words (neighbours), 0.5 common ones too (linear models). @default 0.5 */
  readonly idfPower?: number;
  /** Words read from the start of a text. @default 600 */
  readonly maxWords?: number;
}

/** What was learnt, as JSON. Holds no text. */
export interface HashedTfidfState {
  readonly kind: "hashed-tfidf";
  readonly dimensions: number;
  readonly wordGrams: number;
  readonly characterShare: number;
  readonly maxWords: number;
  /** Weight of each bucket, float32 in base64. */
  readonly weights: string;
}

/**
 * Texts as sparse vectors of unit length: runs of words and of characters, hashed with FNV-1a, each (1 + ln tf) × idf^power with
 * idf = ln((1 + N) / (1 + df)) + 1. Offline, no dependency, deterministic.
 */
export interface HashedTfidf {
  /** Length of the vectors: words, then characters. */
  readonly dimensions: number;
  transform(text: string): SparseVector;
  toJSON(): HashedTfidfState;
}

interface Shape {
  readonly dimensions: number;
  readonly wordGrams: number;
  readonly characterShare: number;
  readonly maxWords: number;
}

const MAX_CHARACTERS = 2000;

/** Learns the weights from texts. @throws {InvalidOptionError} when an option is out of range. */
export function fitHashedTfidf(
  texts: readonly string[],
  { dimensions = 32_768, wordGrams = 3, characterShare = 0.5, idfPower = 0.5, maxWords = 600 }: HashedTfidfOptions = {},
): HashedTfidf {
  if (!Number.isInteger(dimensions) || dimensions < 2 || (dimensions & (dimensions - 1)) !== 0) {
    throw new InvalidOptionError(`\`dimensions\` is ${dimensions}. Pass a power of two.`);
  }
  if (!(characterShare >= 0 && characterShare < 1))
    throw new InvalidOptionError(`\`characterShare\` is ${characterShare}. Pass 0 to below 1.`);
  const shape = { dimensions, wordGrams, characterShare, maxWords };
  const frequencies = new Uint32Array(2 * dimensions);
  for (const text of texts) for (const bucket of countBuckets(text, shape).keys()) frequencies[bucket]! += 1;
  const weights = Float32Array.from(frequencies, (df) => (Math.log((1 + texts.length) / (1 + df)) + 1) ** idfPower);
  return hashedTfidf(shape, weights);
}

export function loadHashedTfidf({ weights, ...shape }: HashedTfidfState): HashedTfidf {
  const values = decodeFloats(weights);
  if (values.length !== 2 * shape.dimensions) {
    throw new InvalidOptionError(
      `The vectoriser has ${values.length} weights for ${shape.dimensions} dimensions; the artefact is damaged.`,
    );
  }
  return hashedTfidf(shape, values);
}

function hashedTfidf(shape: Shape, weights: Float32Array): HashedTfidf {
  const { dimensions, wordGrams, characterShare, maxWords } = shape;
  return {
    dimensions: 2 * dimensions,
    transform(text) {
      const counts = countBuckets(text, shape);
      const indices = Uint32Array.from(counts.keys());
      const values = new Float32Array(indices.length);
      let words = 0;
      let characters = 0;
      let at = 0;
      for (const [bucket, count] of counts) {
        const value = (1 + Math.log(count)) * weights[bucket]!;
        values[at++] = value;
        if (bucket < dimensions) words += value * value;
        else characters += value * value;
      }
      const wordScale = words > 0 ? Math.sqrt((1 - characterShare) / words) : 0;
      const characterScale = characters > 0 ? Math.sqrt(characterShare / characters) : 0;
      for (let index = 0; index < values.length; index += 1) values[index]! *= indices[index]! < dimensions ? wordScale : characterScale;
      return { indices, values };
    },
    toJSON: () => ({ kind: "hashed-tfidf", dimensions, wordGrams, characterShare, maxWords, weights: encodeFloats(weights) }),
  };
}

function countBuckets(text: string, { dimensions, wordGrams, characterShare, maxWords }: Shape): Map<number, number> {
  const counts = new Map<number, number>();
  const mask = dimensions - 1;
  const add = (hash: number, offset: number) => {
    const bucket = offset + (((hash ^ (hash >>> 16)) >>> 0) & mask);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  };
  // Hashes of the runs that end at the previous word, shortest first; each goes on where it ended.
  let runs: number[] = [];
  for (const token of tokenize(text, maxWords)) {
    const next = [fnv(token)];
    for (const run of runs) if (next.length < wordGrams) next.push(fnv(token, fnv(" ", run)));
    for (const hash of next) add(hash, 0);
    runs = next;
  }
  if (characterShare === 0) return counts;
  const plain = text
    .slice(0, 2 * MAX_CHARACTERS)
    .toLowerCase()
    .replace(/\s+/g, " ")
    .slice(0, MAX_CHARACTERS);
  for (let start = 0; start < plain.length; start += 1) {
    let hash = 0x811c9dc5;
    const end = Math.min(plain.length, start + 5);
    for (let at = start; at < end; at += 1) {
      hash = Math.imul(hash ^ plain.charCodeAt(at), 0x01000193);
      if (at - start >= 2) add(hash, dimensions);
    }
  }
  return counts;
}
