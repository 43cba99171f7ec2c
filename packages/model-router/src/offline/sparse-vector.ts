/** Positions ascending, with their values. */
export interface SparseVector {
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

export function sparseFromMap(entries: ReadonlyMap<number, number>): SparseVector {
  const indices = Uint32Array.from(entries.keys()).sort();
  const values = new Float32Array(indices.length);
  for (let at = 0; at < indices.length; at += 1) values[at] = entries.get(indices[at]!)!;
  return { indices, values };
}

export function dotDense({ indices, values }: SparseVector, dense: Float32Array | Float64Array): number {
  let sum = 0;
  for (let at = 0; at < indices.length; at += 1) sum += values[at]! * dense[indices[at]!]!;
  return sum;
}

export function addScaled(dense: Float32Array | Float64Array, { indices, values }: SparseVector, factor: number): void {
  for (let at = 0; at < indices.length; at += 1) dense[indices[at]!]! += factor * values[at]!;
}
