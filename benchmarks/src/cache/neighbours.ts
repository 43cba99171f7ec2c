/** For each text, the texts that are similar enough, closest first. */
export interface Neighbours {
  /** Where the list of text i begins in `indices` and `similarities`; one more than there are texts. */
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  readonly similarities: Float32Array;
}

const BLOCK = 256;

/** Brute force over all pairs of unit vectors; keeps those of at least `floor`. */
export function findNeighbours(vectors: Float32Array, dimension: number, floor: number): Neighbours {
  const count = vectors.length / dimension;
  const found: { index: number; similarity: number }[][] = Array.from({ length: count }, () => []);
  // Blocks keep both sides of the product in the processor's cache.
  for (let rowsFrom = 0; rowsFrom < count; rowsFrom += BLOCK) {
    for (let columnsFrom = 0; columnsFrom <= rowsFrom; columnsFrom += BLOCK) {
      for (let row = rowsFrom; row < Math.min(count, rowsFrom + BLOCK); row += 1) {
        const end = Math.min(row, columnsFrom + BLOCK);
        for (let column = columnsFrom; column < end; column += 1) {
          const similarity = dot(vectors, row * dimension, column * dimension, dimension);
          if (similarity < floor) continue;
          (found[row] as { index: number; similarity: number }[]).push({ index: column, similarity });
          (found[column] as { index: number; similarity: number }[]).push({ index: row, similarity });
        }
      }
    }
  }
  const total = found.reduce((sum, list) => sum + list.length, 0);
  const offsets = new Uint32Array(count + 1);
  const indices = new Uint32Array(total);
  const similarities = new Float32Array(total);
  let at = 0;
  for (const [text, list] of found.entries()) {
    list.sort((a, b) => b.similarity - a.similarity || a.index - b.index);
    for (const { index, similarity } of list) {
      indices[at] = index;
      similarities[at] = similarity;
      at += 1;
    }
    offsets[text + 1] = at;
  }
  return { offsets, indices, similarities };
}

function dot(vectors: Float32Array, a: number, b: number, dimension: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let index = 0; index < dimension; index += 4) {
    sum0 += (vectors[a + index] as number) * (vectors[b + index] as number);
    sum1 += (vectors[a + index + 1] as number) * (vectors[b + index + 1] as number);
    sum2 += (vectors[a + index + 2] as number) * (vectors[b + index + 2] as number);
    sum3 += (vectors[a + index + 3] as number) * (vectors[b + index + 3] as number);
  }
  return sum0 + sum1 + sum2 + sum3;
}
