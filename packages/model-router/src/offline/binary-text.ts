/** Numbers as little-endian float32 in base64: a third of their size as JSON digits. */
export function encodeFloats(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

export function decodeFloats(text: string): Float32Array {
  return new Float32Array(bytesOf(text));
}

/** Whole numbers of 32 bits, likewise. */
export function encodeIntegers(values: Uint32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

export function decodeIntegers(text: string): Uint32Array {
  return new Uint32Array(bytesOf(text));
}

/** A copy, because typed arrays need an aligned start; a broken rest is dropped. */
function bytesOf(text: string): ArrayBuffer {
  const bytes = Buffer.from(text, "base64");
  const copy = new Uint8Array(bytes.length - (bytes.length % 4));
  copy.set(bytes.subarray(0, copy.length));
  return copy.buffer;
}
