let table: Float32Array | undefined;

/** The number that each of the 65,536 patterns of 16 bits stands for (IEEE 754 binary16). */
export function halfValues(): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return table;
}

export interface HalfTensors {
  /** The 16-bit floats of a tensor, as their bits; a view into the file. @throws {RangeError} when it is not there. */
  get(name: string, length: number): Uint16Array;
}

/** Reads a safetensors file with 16-bit floats. @see https://huggingface.co/docs/safetensors */
export function readSafetensors(file: Uint8Array): HalfTensors {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength))) as Record<
    string,
    { readonly dtype?: string; readonly data_offsets?: readonly [number, number] } | undefined
  >;
  return {
    get(name, length) {
      const { dtype, data_offsets: offsets } = header[name] ?? {};
      if (dtype !== "F16" || offsets === undefined || offsets[1] - offsets[0] !== length * 2) {
        throw new RangeError(`The weights have no tensor "${name}" of ${length} 16-bit floats.`);
      }
      // A view needs an even offset, which the header's length does not promise.
      const start = file.byteOffset + 8 + headerLength + offsets[0];
      return start % 2 === 0 ? new Uint16Array(file.buffer, start, length) : new Uint16Array(file.buffer.slice(start, start + length * 2));
    },
  };
}
