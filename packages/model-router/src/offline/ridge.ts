import type { SparseVector } from "./sparse-vector.ts";

/** One linear model for each target. */
export interface RidgeModel {
  /** By target, then dimension. */
  readonly weights: readonly Float32Array[];
  readonly intercepts: readonly number[];
}

export interface RidgeOptions {
  /** Strength of the pull towards 0. @default 6 */
  readonly penalty?: number;
  /** Passes over the rows. @default 15 */
  readonly iterations?: number;
}

/**
 * Least squares with a quadratic penalty on the weights (not on the intercept), for several targets at once, by conjugate gradients on the normal
 * equations. Stopping after a few passes is further regularisation; it never holds more than the rows and four vectors a target.
 *
 * @param targets By row, then target.
 */
export function fitRidge(
  rows: readonly SparseVector[],
  targets: readonly (readonly number[])[],
  dimensions: number,
  { penalty = 6, iterations = 15 }: RidgeOptions = {},
): RidgeModel {
  const width = targets[0]?.length ?? 0;
  const means = new Float64Array(width);
  for (const target of targets) for (let t = 0; t < width; t += 1) means[t]! += target[t]! / targets.length;
  // Laid out by dimension, then target, so that one pass over a row serves all targets.
  const size = dimensions * width;
  const weights = new Float64Array(size);
  const residual = new Float64Array(size);
  for (const [row, { indices, values }] of rows.entries()) {
    const target = targets[row]!;
    for (let at = 0; at < indices.length; at += 1) {
      const base = indices[at]! * width;
      for (let t = 0; t < width; t += 1) residual[base + t]! += values[at]! * (target[t]! - means[t]!);
    }
  }
  const direction = Float64Array.from(residual);
  const product = new Float64Array(size);
  const dots = new Float64Array(width);
  let squares = dotByTarget(residual, residual, width);
  const enough = Array.from(squares, (square) => square * 1e-8);
  for (let iteration = 0; iteration < iterations && squares.some((square, t) => square > enough[t]!); iteration += 1) {
    for (let at = 0; at < size; at += 1) product[at] = penalty * direction[at]!;
    for (const { indices, values } of rows) {
      dots.fill(0);
      for (let at = 0; at < indices.length; at += 1) {
        const base = indices[at]! * width;
        for (let t = 0; t < width; t += 1) dots[t]! += values[at]! * direction[base + t]!;
      }
      for (let at = 0; at < indices.length; at += 1) {
        const base = indices[at]! * width;
        for (let t = 0; t < width; t += 1) product[base + t]! += values[at]! * dots[t]!;
      }
    }
    const curvature = dotByTarget(direction, product, width);
    const steps = Array.from(squares, (square, t) => (curvature[t]! > 0 && square > enough[t]! ? square / curvature[t]! : 0));
    for (let base = 0; base < size; base += width) {
      for (let t = 0; t < width; t += 1) {
        weights[base + t]! += steps[t]! * direction[base + t]!;
        residual[base + t]! -= steps[t]! * product[base + t]!;
      }
    }
    const next = dotByTarget(residual, residual, width);
    const keeps = Array.from(next, (square, t) => (squares[t]! > 0 ? square / squares[t]! : 0));
    for (let base = 0; base < size; base += width) {
      for (let t = 0; t < width; t += 1) direction[base + t] = residual[base + t]! + keeps[t]! * direction[base + t]!;
    }
    squares = next;
  }
  const byTarget = Array.from({ length: width }, (_, t) => Float32Array.from({ length: dimensions }, (_, at) => weights[at * width + t]!));
  // The rows are not centred, so the mean of the fit is put back where the targets' is.
  const intercepts = byTarget.map((own, t) => {
    let sum = 0;
    for (const { indices, values } of rows) for (let at = 0; at < indices.length; at += 1) sum += values[at]! * own[indices[at]!]!;
    return means[t]! - sum / Math.max(1, rows.length);
  });
  return { weights: byTarget, intercepts };
}

function dotByTarget(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let base = 0; base < a.length; base += width) for (let t = 0; t < width; t += 1) sums[t]! += a[base + t]! * b[base + t]!;
  return sums;
}

/** Solves a small dense system by elimination with pivots; a singular column gives 0. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const a = matrix.map((row) => [...row]);
  const b = [...right];
  const size = b.length;
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) if (Math.abs(a[row]![column]!) > Math.abs(a[pivot]![column]!)) pivot = row;
    if (Math.abs(a[pivot]![column]!) < 1e-12) continue;
    [a[column], a[pivot]] = [a[pivot]!, a[column]!];
    [b[column], b[pivot]] = [b[pivot]!, b[column]!];
    for (let row = column + 1; row < size; row += 1) {
      const factor = a[row]![column]! / a[column]![column]!;
      if (factor === 0) continue;
      for (let at = column; at < size; at += 1) a[row]![at]! -= factor * a[column]![at]!;
      b[row]! -= factor * b[column]!;
    }
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    for (let at = row + 1; at < size; at += 1) b[row]! -= a[row]![at]! * b[at]!;
    b[row] = Math.abs(a[row]![row]!) < 1e-12 ? 0 : b[row]! / a[row]![row]!;
  }
  return b;
}

/** Ridge on few dense columns, the first of which (the constant) is not pulled. */
export function fitDense(rows: readonly (readonly number[])[], targets: readonly number[], penalty: number): number[] {
  const width = rows[0]?.length ?? 0;
  const matrix = Array.from({ length: width }, () => Array.from({ length: width }, () => 0));
  const right = Array.from({ length: width }, () => 0);
  for (const [index, row] of rows.entries()) {
    for (let a = 0; a < width; a += 1) {
      right[a]! += row[a]! * targets[index]!;
      for (let b = 0; b < width; b += 1) matrix[a]![b]! += row[a]! * row[b]!;
    }
  }
  for (let a = 1; a < width; a += 1) matrix[a]![a]! += penalty;
  return solve(matrix, right);
}
