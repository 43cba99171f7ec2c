import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { fitHashedTfidf } from "../offline/hashed-tfidf.ts";

/** Texts as points whose cosines can be taken. */
export interface PrototypeSpace<V> {
  readonly points: readonly V[];
  cosine(a: V, b: V): number;
}

/** A unit vector, as value by position. */
export type WordPoint = ReadonlyMap<number, number>;

/** The built-in space: words and characters weighed by how rare they are in the utterances. Knows spelling, not meaning. */
export function wordSpace(texts: readonly string[]): PrototypeSpace<WordPoint> & { pointOf(text: string): WordPoint } {
  const vectorizer = fitHashedTfidf(texts, { wordGrams: 2, idfPower: 1 });
  const pointOf = (text: string): WordPoint => {
    const { indices, values } = vectorizer.transform(text);
    return new Map(Array.from(indices, (index, at) => [index, values[at]!]));
  };
  return { pointOf, points: texts.map(pointOf), cosine: sparseDot };
}

function sparseDot(a: WordPoint, b: WordPoint): number {
  const [shorter, longer] = a.size < b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [index, value] of shorter) sum += value * (longer.get(index) ?? 0);
  return sum;
}

/** The space of an embedding model. Rejects what is no vector, so that a broken model fails instead of routing at random. */
export async function embeddingSpace(embeddings: EmbeddingsInterface, texts: readonly string[]): Promise<PrototypeSpace<Float64Array>> {
  const vectors = await embeddings.embedDocuments([...texts]);
  if (vectors.length !== texts.length) throw new Error(`The embeddings gave ${vectors.length} vectors for ${texts.length} texts.`);
  return { points: vectors.map(unitVector), cosine: dot };
}

export function unitVector(vector: readonly number[]): Float64Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(norm)) throw new Error("The embeddings gave a vector that is not made of finite numbers.");
  return Float64Array.from(vector, (value) => (norm === 0 ? 0 : value / norm));
}

function dot(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) throw new Error(`The embeddings changed: vectors of ${a.length} and ${b.length} numbers cannot be compared.`);
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum;
}
