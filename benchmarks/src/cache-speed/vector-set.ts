import { seededRandom } from "../random.ts";

export const DIMENSION = 384;

/** Random unit vectors around random centres, as sentences gather around topics; rows of one array. */
export function makeVectors(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const centres = Array.from({ length: Math.ceil(Math.sqrt(count)) }, () => Float32Array.from({ length: DIMENSION }, gauss));
  const vectors = new Float32Array(count * DIMENSION);
  // A pool of noise, shifted for each row: drawing every coordinate anew would take longer than the benchmark.
  const noise = Float32Array.from({ length: DIMENSION * 64 }, gauss);
  for (let row = 0; row < count; row += 1) {
    const centre = centres[Math.floor(random() * centres.length)] as Float32Array;
    const shift = Math.floor(random() * (noise.length - DIMENSION));
    let norm = 0;
    for (let at = 0; at < DIMENSION; at += 1) {
      const value = (centre[at] as number) + 0.8 * (noise[shift + at] as number);
      vectors[row * DIMENSION + at] = value;
      norm += value * value;
    }
    norm = Math.sqrt(norm);
    for (let at = 0; at < DIMENSION; at += 1) vectors[row * DIMENSION + at] = (vectors[row * DIMENSION + at] as number) / norm;
  }
  return vectors;
}

export function rowOf(vectors: Float32Array, row: number): Float32Array {
  return vectors.subarray(row * DIMENSION, (row + 1) * DIMENSION);
}

/** The row with the highest cosine, by a plain loop: the truth that recall is measured against. */
export function nearestByLoop(vectors: Float32Array, query: Float32Array): number {
  let best = -1;
  let bestSimilarity = -Infinity;
  for (let row = 0, from = 0; from < vectors.length; row += 1, from += DIMENSION) {
    let sum = 0;
    for (let at = 0; at < DIMENSION; at += 1) sum += (vectors[from + at] as number) * (query[at] as number);
    if (sum > bestSimilarity) {
      bestSimilarity = sum;
      best = row;
    }
  }
  return best;
}
