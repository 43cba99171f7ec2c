import { replyError } from "./redis-client.ts";

/** How a vector is kept: 4, 2 or 1 bytes a number. */
export type VectorType = "FLOAT32" | "FLOAT16" | "INT8";

export const BYTES_PER_NUMBER: Readonly<Record<VectorType, number>> = { FLOAT32: 4, FLOAT16: 2, INT8: 1 };

/** The vector as the server wants it, little-endian. INT8 keeps the direction alone, which is all that a cosine needs. */
export function encodeVectorBlob(vector: Float32Array, type: VectorType): Buffer {
  const blob = Buffer.allocUnsafe(vector.length * BYTES_PER_NUMBER[type]);
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  for (const [i, value] of vector.entries()) {
    if (type === "FLOAT32") blob.writeFloatLE(value, i * 4);
    else if (type === "FLOAT16") blob.writeUInt16LE(toHalf(value), i * 2);
    else blob.writeInt8(largest > 0 ? Math.round((value / largest) * 127) : 0, i);
  }
  return blob;
}

/** The vector of a blob, of unit length if it was of INT8. */
export function decodeVectorBlob(blob: Buffer, type: VectorType): Float32Array {
  const size = BYTES_PER_NUMBER[type];
  if (blob.length % size !== 0) throw replyError(`a vector of ${blob.length} bytes is not of ${type}`);
  const vector = new Float32Array(blob.length / size);
  for (let i = 0; i < vector.length; i += 1) {
    if (type === "FLOAT32") vector[i] = blob.readFloatLE(i * 4);
    else if (type === "FLOAT16") vector[i] = fromHalf(blob.readUInt16LE(i * 2));
    else vector[i] = blob.readInt8(i);
  }
  if (type !== "INT8") return vector;
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return norm > 0 ? vector.map((value) => value / norm) : vector;
}

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** IEEE 754 half precision, rounded to nearest, ties to even. */
function toHalf(value: number): number {
  floats[0] = value;
  const single = bits[0] ?? 0;
  const sign = (single >>> 16) & 0x8000;
  const magnitude = Math.abs(floats[0] ?? 0);
  if (magnitude >= 65_520) return sign | 0x7c00;
  // Below 2^-14 a half is a multiple of 2^-24.
  if (magnitude < 2 ** -14) return sign | roundEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  const exact = magnitude / 2 ** exponent >= 2 ? exponent + 1 : magnitude / 2 ** exponent < 1 ? exponent - 1 : exponent;
  // Rounding up to the next power of two carries into the exponent by itself.
  return sign | ((exact + 15) * 1024 + roundEven((magnitude / 2 ** exact - 1) * 1024));
}

function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
