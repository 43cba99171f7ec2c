import { decodeFloats, decodeIntegers, encodeFloats, encodeIntegers } from "./binary-text.ts";
import { fitHashedTfidf, type HashedTfidf, loadHashedTfidf } from "./hashed-tfidf.ts";
import { indexNeighbours } from "./neighbours.ts";
import { type Example, type Learned, type Request, sparseOf } from "./request.ts";
import type { KnnState } from "./router-artifact.ts";
import type { SparseVector } from "./sparse-vector.ts";

/** Rows of the overall mean, each as near as the average neighbour, that the neighbours are mixed with. */
const PRIOR_ROWS = 20;

export function trainKnn(examples: readonly Example[], { words }: { readonly words: boolean }): KnnState {
  const vectorizer = words ? fitNeighbourTfidf(examples) : undefined;
  const vectors = examples.map((example) => neighbourVector(example, vectorizer));
  return {
    ...(vectorizer && { vectorizer: vectorizer.toJSON() }),
    indices: vectors.map(({ indices }) => encodeIntegers(indices)),
    values: vectors.map(({ values }) => encodeFloats(values)),
    scores: examples.map(({ scores }) => scores),
  };
}

export function loadKnn({ vectorizer: state, indices, values, scores }: KnnState): Learned {
  const vectorizer = state && loadHashedTfidf(state);
  const vectors = indices.map((text, row) => ({ indices: decodeIntegers(text), values: decodeFloats(values[row]!) }));
  const dimensions = vectorizer?.dimensions ?? vectors[0]?.indices.length ?? 0;
  const index = indexNeighbours(vectors, dimensions);
  const count = Math.min(100, Math.max(5, Math.round(vectors.length / 5)));
  const width = scores[0]?.length ?? 0;
  const means = Array.from({ length: width }, (_, m) => scores.reduce((sum, row) => sum + row[m]!, 0) / Math.max(1, scores.length));
  return (request) => {
    const sums = means.map(() => 0);
    let total = 0;
    let found = 0;
    for (const { row, similarity } of index.nearest(neighbourVector(request, vectorizer), count)) {
      const weight = Math.max(similarity, 0.001);
      total += weight;
      found += 1;
      for (let m = 0; m < width; m += 1) sums[m]! += weight * scores[row]![m]!;
    }
    const prior = found === 0 ? 1 : (PRIOR_ROWS * total) / found;
    return sums.map((sum, m) => (sum + prior * means[m]!) / (total + prior));
  };
}

/** Rare words count more between neighbours than in a sum of weights. */
export function fitNeighbourTfidf(examples: readonly Request[]): HashedTfidf {
  return fitHashedTfidf(
    examples.map(({ prompt }) => prompt),
    { wordGrams: 2, characterShare: 0, idfPower: 1 },
  );
}

/** A vector of unit length. */
export function neighbourVector({ prompt, embedding }: Request, vectorizer: HashedTfidf | undefined): SparseVector {
  if (vectorizer) return vectorizer.transform(prompt);
  const length = Math.sqrt(embedding!.reduce((sum, value) => sum + value * value, 0)) || 1;
  return sparseOf(embedding!.map((value) => value / length));
}
