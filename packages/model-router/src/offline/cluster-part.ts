import { decodeFloats, encodeFloats } from "./binary-text.ts";
import { loadHashedTfidf } from "./hashed-tfidf.ts";
import { fitNeighbourTfidf, neighbourVector } from "./knn-part.ts";
import { gainError, mean } from "./numbers.ts";
import type { Example, Learned } from "./request.ts";
import type { ClusterState } from "./router-artifact.ts";
import { foldsOf } from "./seeded.ts";
import type { SparseVector } from "./sparse-vector.ts";
import { nearestCentroid, sphericalKMeans } from "./spherical-k-means.ts";

/** Rows of the overall mean that each cluster's mean is mixed with. */
const PRIOR_ROWS = 10;

/** 8, 16 or 32 clusters, whichever predicts rows left out best. */
export function trainCluster(
  examples: readonly Example[],
  { seed, words }: { readonly seed: number; readonly words: boolean },
): ClusterState {
  const vectorizer = words ? fitNeighbourTfidf(examples) : undefined;
  const vectors = examples.map((example) => neighbourVector(example, vectorizer));
  const dimensions = vectorizer?.dimensions ?? vectors[0]!.indices.length;
  const fold = foldsOf(examples, 3, seed + 2);
  const train = [...examples.keys()].filter((row) => fold[row] !== 0);
  let best = 8;
  let least = Infinity;
  for (const clusters of [8, 16, 32]) {
    const centroids = sphericalKMeans(
      train.map((row) => vectors[row]!),
      dimensions,
      clusters,
      seed,
    );
    const means = clusterMeans(examples, vectors, centroids, train);
    let error = 0;
    for (const [row, { scores }] of examples.entries())
      if (fold[row] === 0) error += gainError(means[nearestCentroid(vectors[row]!, centroids)]!, scores);
    if (error < least) [best, least] = [clusters, error];
  }
  const centroids = sphericalKMeans(vectors, dimensions, best, seed);
  return {
    ...(vectorizer && { vectorizer: vectorizer.toJSON() }),
    centroids: centroids.map(encodeFloats),
    scores: clusterMeans(examples, vectors, centroids, [...examples.keys()]),
  };
}

export function loadCluster({ vectorizer: state, centroids: encoded, scores }: ClusterState): Learned {
  const vectorizer = state && loadHashedTfidf(state);
  const centroids = encoded.map(decodeFloats);
  return (request) => [...scores[nearestCentroid(neighbourVector(request, vectorizer), centroids)]!];
}

function clusterMeans(
  examples: readonly Example[],
  vectors: readonly SparseVector[],
  centroids: readonly Float32Array[],
  train: readonly number[],
): number[][] {
  const overall = examples[0]!.scores.map((_, m) => mean(examples.map(({ scores }) => scores[m]!)));
  const sums = centroids.map(() => overall.map((value) => value * PRIOR_ROWS));
  const counts = centroids.map(() => PRIOR_ROWS);
  for (const row of train) {
    const cluster = nearestCentroid(vectors[row]!, centroids);
    counts[cluster]! += 1;
    for (let m = 0; m < overall.length; m += 1) sums[cluster]![m]! += examples[row]!.scores[m]!;
  }
  return sums.map((own, cluster) => own.map((sum) => sum / counts[cluster]!));
}
