/**
 * A vector as 24-bit fixed point numbers: `step * (codes[i] + rests[i] / 65536)`, where `step` is the largest number over 127.
 * The codes alone are what is scanned, codes and rests together are as exact as 32-bit floats, in three quarters of their room.
 */
export interface FixedPointVector {
  readonly step: number;
  readonly codes: Int8Array;
  readonly rests: Int16Array;
}

const CODES = 127;
const RESTS = 65_536;

export function toFixedPoint(vector: Float32Array): FixedPointVector {
  let largest = 0;
  for (let i = 0; i < vector.length; i += 1) largest = Math.max(largest, Math.abs(vector[i] as number));
  // Rounded as it will be kept, so that what is read back is what was measured here.
  const step = Math.fround(largest / CODES);
  const codes = new Int8Array(vector.length);
  const rests = new Int16Array(vector.length);
  if (step > 0) {
    for (let i = 0; i < vector.length; i += 1) {
      const steps = (vector[i] as number) / step;
      const code = Math.max(-CODES, Math.min(CODES, Math.round(steps)));
      codes[i] = code;
      rests[i] = Math.max(-RESTS / 2, Math.min(RESTS / 2 - 1, Math.round((steps - code) * RESTS)));
    }
  }
  return { step, codes, rests };
}

export function fromFixedPoint({ step, codes, rests }: FixedPointVector): Float32Array {
  const vector = new Float32Array(codes.length);
  for (let i = 0; i < vector.length; i += 1) vector[i] = step * ((codes[i] as number) + (rests[i] as number) / RESTS);
  return vector;
}

/** Length of the vector, and of the part of it that the codes alone leave out. */
export function fixedPointNorms({ step, codes, rests }: FixedPointVector): { readonly norm: number; readonly restNorm: number } {
  let squares = 0;
  let restSquares = 0;
  for (let i = 0; i < codes.length; i += 1) {
    const rest = rests[i] as number;
    const value = (codes[i] as number) * RESTS + rest;
    squares += value * value;
    restSquares += rest * rest;
  }
  const unit = step / RESTS;
  return { norm: unit * Math.sqrt(squares), restNorm: unit * Math.sqrt(restSquares) };
}

/** Dot product with a query at full precision; the rests begin at `restsAt`. */
export function fixedPointDot(step: number, codes: Int8Array, rests: Int16Array, restsAt: number, query: Float32Array): number {
  let sum = 0;
  let restSum = 0;
  for (let i = 0; i < query.length; i += 1) {
    const q = query[i] as number;
    sum += (codes[i] as number) * q;
    restSum += (rests[restsAt + i] as number) * q;
  }
  return step * (sum + restSum / RESTS);
}

export function normOf(vector: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < vector.length; i += 1) squares += (vector[i] as number) ** 2;
  return Math.sqrt(squares);
}

/** A query as 16-bit numbers, as large as they can be while the sum of `width` products with codes stays below 2^31. */
export function toQueryCodes(
  query: Float32Array,
  width: number,
): { readonly codes: Int16Array; readonly step: number; readonly errorNorm: number } {
  const most = Math.min(32_767, Math.floor((2 ** 31 - 1) / (CODES * width)));
  let largest = 0;
  for (let i = 0; i < query.length; i += 1) largest = Math.max(largest, Math.abs(query[i] as number));
  const step = largest / most;
  const codes = new Int16Array(width);
  let errorSquares = 0;
  if (step > 0) {
    for (let i = 0; i < query.length; i += 1) {
      const code = Math.round((query[i] as number) / step);
      codes[i] = code;
      errorSquares += ((query[i] as number) - code * step) ** 2;
    }
  }
  return { codes, step, errorNorm: Math.sqrt(errorSquares) };
}
