/** Positions, each once, with their values. */
export interface SparseVector {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

export function dotDense({ indices, values }: SparseVector, dense: Float32Array | Float64Array): number {
  let sum = 0;
  for (let at = 0; at < indices.length; at += 1) sum += values[at]! * dense[indices[at]!]!;
  return sum;
}

/** The vector with a dense tail behind its `dimensions`. */
export function withTail({ indices, values }: SparseVector, dimensions: number, tail: ArrayLike<number>, scale: number): SparseVector {
  const count = indices.length;
  const allIndices = new Uint32Array(count + tail.length);
  const allValues = new Float32Array(count + tail.length);
  allIndices.set(indices);
  allValues.set(values);
  for (let at = 0; at < tail.length; at += 1) {
    allIndices[count + at] = dimensions + at;
    allValues[count + at] = scale * tail[at]!;
  }
  return { indices: allIndices, values: allValues };
}
