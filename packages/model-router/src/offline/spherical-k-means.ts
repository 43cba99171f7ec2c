import { seededRandom } from "./seeded.ts";
import type { SparseVector } from "./sparse-vector.ts";
import { dotDense } from "./sparse-vector.ts";

/** Clusters unit vectors by direction; seeds far apart (k-means++), 12 rounds. The centroids have unit length. */
export function sphericalKMeans(vectors: readonly SparseVector[], dimensions: number, clusters: number, seed: number): Float32Array[] {
  // Of all the buckets that words may be hashed into, few are used: the work is done on those.
  const all = new Set<number>();
  for (const { indices } of vectors) for (const index of indices) all.add(index);
  const used = [...all].sort((a, b) => a - b);
  const places = new Map(used.map((index, place) => [index, place]));
  const compact = vectors.map(({ indices, values }) => ({ indices: indices.map((index) => places.get(index)!), values }));
  return cluster(compact, used.length, clusters, seed).map((own) => {
    const centroid = new Float32Array(dimensions);
    for (const [place, index] of used.entries()) centroid[index] = own[place]!;
    return centroid;
  });
}

function cluster(vectors: readonly SparseVector[], dimensions: number, clusters: number, seed: number): Float32Array[] {
  const random = seededRandom(seed);
  const count = Math.min(clusters, vectors.length);
  const centroids: Float32Array[] = [];
  const distances = new Float64Array(vectors.length).fill(1);
  while (centroids.length < count) {
    const total = distances.reduce((sum, distance) => sum + distance, 0);
    let mark = random() * total;
    let chosen = 0;
    for (; chosen < vectors.length - 1 && mark >= distances[chosen]!; chosen += 1) mark -= distances[chosen]!;
    const centroid = new Float32Array(dimensions);
    addTo(centroid, vectors[chosen]!);
    centroids.push(centroid);
    for (const [row, vector] of vectors.entries())
      distances[row] = Math.min(distances[row]!, Math.max(0, 1 - dotDense(vector, centroid)) ** 2);
  }
  for (let round = 0; round < 12; round += 1) {
    const sums = centroids.map(() => new Float32Array(dimensions));
    let moved = 0;
    for (const vector of vectors) addTo(sums[nearestCentroid(vector, centroids)]!, vector);
    for (const [index, sum] of sums.entries()) {
      const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
      if (length === 0) continue;
      for (let at = 0; at < dimensions; at += 1) {
        const value = sum[at]! / length;
        moved += Math.abs(value - centroids[index]![at]!);
        centroids[index]![at] = value;
      }
    }
    if (moved < 1e-3) break;
  }
  return centroids;
}

export function nearestCentroid(vector: SparseVector, centroids: readonly Float32Array[]): number {
  let best = 0;
  let most = -Infinity;
  for (const [index, centroid] of centroids.entries()) {
    const similarity = dotDense(vector, centroid);
    if (similarity > most) [best, most] = [index, similarity];
  }
  return best;
}

function addTo(sum: Float32Array, { indices, values }: SparseVector): void {
  for (let at = 0; at < indices.length; at += 1) sum[indices[at]!]! += values[at]!;
}
