import { InvalidOptionError } from "@langthrift/core";

/** A tensor of a checkpoint, widened to float32, row by row. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** More is no header of a model but a damaged file. */
const MAX_HEADER_BYTES = 100_000_000;

const bytesPerValue: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

/**
 * Reads float tensors from a safetensors file: eight bytes with the header's length, the header as JSON, the numbers, all little-endian. Tensors of
 * other types are left out; nothing in the file is ever run.
 *
 * @throws {InvalidOptionError} when the bytes are no such file, in one sentence that says where.
 * @see https://github.com/huggingface/safetensors
 */
export function readSafetensors(bytes: Uint8Array): ReadonlyMap<string, Tensor> {
  if (!(bytes instanceof Uint8Array)) throw damaged("it is not a Uint8Array; read the file with `readFile`");
  if (bytes.length < 8) throw damaged(`it has ${bytes.length} bytes, which is too few for a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  if (headerBytes > BigInt(Math.min(MAX_HEADER_BYTES, bytes.length - 8))) {
    throw damaged(`its header should have ${headerBytes} bytes, but ${bytes.length - 8} follow`);
  }
  const start = 8 + Number(headerBytes);
  const header = readHeader(bytes.subarray(8, start));
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const tensor = readTensor(name, entry, view, start);
    if (tensor) tensors.set(name, tensor);
  }
  return tensors;
}

function readHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw damaged("its header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw damaged("its header is not a JSON object");
  return header as Record<string, unknown>;
}

function readTensor(name: string, entry: unknown, view: DataView, start: number): Tensor | undefined {
  const quoted = JSON.stringify(name.slice(0, 100));
  const { dtype, shape, data_offsets: offsets } = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
  if (typeof dtype !== "string") throw damaged(`tensor ${quoted} has no dtype`);
  const size = Object.hasOwn(bytesPerValue, dtype) ? bytesPerValue[dtype]! : undefined;
  if (size === undefined) return undefined;
  if (!isCounts(shape)) throw damaged(`tensor ${quoted} has no valid shape`);
  if (!isCounts(offsets) || offsets.length !== 2) throw damaged(`tensor ${quoted} has no valid data_offsets`);
  const [from, to] = offsets as [number, number];
  const count = shape.reduce((product, length) => product * length, 1);
  if (to - from !== count * size) throw damaged(`tensor ${quoted} has ${to - from} bytes for ${count} values of type ${dtype}`);
  if (start + to > view.byteLength) throw damaged(`tensor ${quoted} ends ${start + to - view.byteLength} bytes behind the end of the file`);
  const values = new Float32Array(count);
  for (let at = 0; at < count; at += 1) values[at] = readValue(view, start + from + at * size, dtype);
  return { shape, values };
}

function readValue(view: DataView, at: number, dtype: string): number {
  if (dtype === "F32") return view.getFloat32(at, true);
  if (dtype === "F64") return view.getFloat64(at, true);
  const bits = view.getUint16(at, true);
  return dtype === "BF16" ? fromBfloat16(bits) : fromFloat16(bits);
}

/** The upper half of a float32. */
function fromBfloat16(bits: number): number {
  const scratch = new DataView(new ArrayBuffer(4));
  scratch.setUint16(0, bits);
  return scratch.getFloat32(0);
}

/** IEEE 754 binary16. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((part) => Number.isSafeInteger(part) && part >= 0);
}

function damaged(problem: string): InvalidOptionError {
  return new InvalidOptionError(`\`checkpoint\` cannot be read as safetensors: ${problem}.`);
}
