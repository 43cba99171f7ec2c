import { columnsPerBlock, weightLimit } from "./kernel.ts";
import { halfValues } from "./safetensors.ts";

export interface PackTarget {
  /** Weights as `Kernel.linear` reads them. */
  readonly weights: Int16Array;
  /** One scale an output. */
  readonly scales: Float32Array;
}

/**
 * Rounds the rows of a matrix of 16-bit floats to integers with a scale each and packs them from output `first` on.
 *
 * @returns The largest sum of the absolute integers of a row, which bounds what the inputs may be.
 */
export function packWeights(matrix: Uint16Array, inner: number, first: number, { weights, scales }: PackTarget): number {
  const values = halfValues();
  let largestSum = 0;
  for (let row = 0; row * inner < matrix.length; row += 1) {
    const from = row * inner;
    // Without the sign, the bits of such floats are in the order of their values.
    let most = 0;
    for (let k = from; k < from + inner; k += 1) most = Math.max(most, (matrix[k] as number) & 0x7fff);
    const scale = ((values[most] as number) || 1) / weightLimit;
    scales[first + row] = scale;

    const lane = (first + row) % columnsPerBlock;
    let to = (first + row - lane) * inner + lane * 2;
    let sum = 0;
    for (let k = from; k < from + inner; k += 2) {
      const even = Math.round((values[matrix[k] as number] as number) / scale);
      const odd = Math.round((values[matrix[k + 1] as number] as number) / scale);
      weights[to] = even;
      weights[to + 1] = odd;
      sum += Math.abs(even) + Math.abs(odd);
      to += columnsPerBlock * 2;
    }
    largestSum = Math.max(largestSum, sum);
  }
  return largestSum;
}
