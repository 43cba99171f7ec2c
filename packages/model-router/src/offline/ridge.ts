import { addScaled, dotDense, type SparseVector } from "./sparse-vector.ts";

export interface RidgeModel {
  readonly weights: Float32Array;
  readonly intercept: number;
}

export interface RidgeOptions {
  /** Strength of the pull towards 0. @default 3 */
  readonly penalty?: number;
  /** @default 60 */
  readonly maxIterations?: number;
}

/**
 * Least squares with a quadratic penalty on the weights (not on the intercept), by conjugate gradients on the normal equations: exact enough
 * after a few dozen passes over the rows, and never holds more than they do.
 */
export function fitRidge(
  rows: readonly SparseVector[],
  targets: readonly number[],
  dimensions: number,
  { penalty = 3, maxIterations = 60 }: RidgeOptions = {},
): RidgeModel {
  const count = rows.length;
  const intercept = count === 0 ? 0 : targets.reduce((sum, value) => sum + value, 0) / count;
  const weights = new Float64Array(dimensions);
  if (count === 0) return { weights: new Float32Array(dimensions), intercept };

  // Residual of the normal equations at weights 0.
  const residual = new Float64Array(dimensions);
  for (let row = 0; row < count; row += 1) addScaled(residual, rows[row]!, targets[row]! - intercept);
  const direction = Float64Array.from(residual);
  const product = new Float64Array(dimensions);
  let square = squareOf(residual);
  const enough = square * 1e-8;
  for (let iteration = 0; iteration < maxIterations && square > enough; iteration += 1) {
    for (let at = 0; at < dimensions; at += 1) product[at] = penalty * direction[at]!;
    for (const row of rows) addScaled(product, row, dotDense(row, direction));
    let curvature = 0;
    for (let at = 0; at < dimensions; at += 1) curvature += direction[at]! * product[at]!;
    const step = square / curvature;
    for (let at = 0; at < dimensions; at += 1) {
      weights[at]! += step * direction[at]!;
      residual[at]! -= step * product[at]!;
    }
    const next = squareOf(residual);
    const keep = next / square;
    for (let at = 0; at < dimensions; at += 1) direction[at] = residual[at]! + keep * direction[at]!;
    square = next;
  }
  // The rows are not centred, so the mean of the fit is put back where the targets' is.
  let mean = 0;
  for (const row of rows) mean += dotDense(row, weights);
  return { weights: Float32Array.from(weights), intercept: intercept - mean / count };
}

function squareOf(vector: Float64Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return sum;
}
