import { jsRowBlock, type JsRowBlock, jsRowScanner, scoreInJs } from "./js-row-scanner.ts";
import { kernelWasm } from "./kernel-wasm.ts";
import type { RowBlock, RowScanner } from "./row-scanner.ts";

// Neither the ES2023 library nor @types/node 20 declares it.
declare const WebAssembly: {
  Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
};

interface Kernel {
  score(query: number, codes: number, factors: number, out: number, rows: number, width: number): void;
}

/** A block in the memory of the kernel: its factors, then its codes, in groups of four rows as kernel.wat says. */
class WasmBlock implements RowBlock {
  readonly at: number;
  readonly capacity: number;
  readonly #width: number;
  #codes = new Int8Array(0);
  #codeWords = new Int32Array(0);
  /** One row on its way, padded. */
  readonly #row: Int8Array;
  readonly #rowWords: Int32Array;
  factors: Float32Array = new Float32Array(0);

  constructor(at: number, capacity: number, width: number) {
    this.at = at;
    this.capacity = capacity;
    this.#width = width;
    this.#row = new Int8Array(width);
    this.#rowWords = new Int32Array(this.#row.buffer);
  }

  get bytes(): number {
    return blockBytes(this.capacity, this.#width);
  }

  get codesAt(): number {
    return this.at + this.capacity * 4;
  }

  /** Takes up the views on the memory, which has moved. */
  place(buffer: ArrayBuffer): void {
    this.factors = new Float32Array(buffer, this.at, this.capacity);
    this.#codes = new Int8Array(buffer, this.codesAt, this.capacity * this.#width);
    this.#codeWords = new Int32Array(buffer, this.codesAt, (this.capacity * this.#width) / 4);
  }

  clear(): void {
    this.#codes.fill(0);
  }

  /** In words of four codes: opening a large cache writes millions of them. */
  write(row: number, codes: Int8Array): void {
    this.#row.set(codes);
    this.#row.fill(0, codes.length);
    const source = this.#rowWords;
    const target = this.#codeWords;
    let at = this.#start(row) >> 2;
    for (let from = 0; from < source.length; from += 4) {
      target[at] = source[from] as number;
      target[at + 1] = source[from + 1] as number;
      target[at + 2] = source[from + 2] as number;
      target[at + 3] = source[from + 3] as number;
      at += 16;
    }
  }

  read(row: number, into: Int8Array): void {
    const start = this.#start(row);
    for (let i = 0; i < into.length; i += 1) into[i] = this.#codes[start + position(i)] as number;
  }

  #start(row: number): number {
    return (row >> 2) * 4 * this.#width + (row & 3) * 16;
  }
}

/** Where number `i` of a row lies behind the row's first. */
function position(i: number): number {
  return (i >> 4) * 64 + (i & 15);
}

function blockBytes(capacity: number, width: number): number {
  return capacity * (4 + width);
}

const PAGE = 65_536;
/** Longest query: 65,536 dimensions. */
const QUERY_BYTES = 2 * PAGE;
/** Rows scored by one call at most; the array that scores are written to has this length. */
const MOST_ROWS = 4096;

/**
 * The scanner in WebAssembly, with 128-bit SIMD and without threads. All blocks share one memory, since each memory reserves
 * gigabytes of address space. It can hold 4 GiB, ten million rows of 384; blocks beyond that are kept and scored in plain JavaScript.
 *
 * @throws {WebAssembly.CompileError} on a platform without WebAssembly SIMD.
 */
export function wasmRowScanner(): RowScanner {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((QUERY_BYTES + MOST_ROWS * 4) / PAGE) });
  const module = new WebAssembly.Module(Buffer.from(kernelWasm, "base64"));
  const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports as Kernel;
  const queryAt = 0;
  const outAt = QUERY_BYTES;
  let end = outAt + MOST_ROWS * 4;
  let width = 0;
  let query = new Int16Array(memory.buffer, queryAt, QUERY_BYTES / 2);
  let out = new Float32Array(memory.buffer, outAt, MOST_ROWS);
  const blocks = new Set<WasmBlock>();
  const free = new Map<number, number[]>();

  /** Growing detaches every view of the memory. */
  function reserve(bytes: number): number | null {
    const missing = end + bytes - memory.buffer.byteLength;
    if (missing > 0) {
      const pages = Math.ceil(missing / PAGE);
      try {
        memory.grow(pages);
      } catch {
        return null;
      }
      query = new Int16Array(memory.buffer, queryAt, QUERY_BYTES / 2);
      out = new Float32Array(memory.buffer, outAt, MOST_ROWS);
      for (const block of blocks) block.place(memory.buffer);
    }
    const at = end;
    end += bytes;
    return at;
  }

  return {
    kind: "wasm",
    allocate(capacity, rowWidth) {
      const bytes = blockBytes(capacity, rowWidth);
      const at = free.get(bytes)?.pop() ?? reserve(bytes);
      if (at === null) return jsRowBlock(capacity, rowWidth);
      const block = new WasmBlock(at, capacity, rowWidth);
      block.place(memory.buffer);
      block.clear();
      blocks.add(block);
      return block;
    },
    release(block) {
      if (!(block instanceof WasmBlock) || !blocks.delete(block)) return;
      const { at, bytes } = block;
      const sameSize = free.get(bytes);
      if (sameSize) sameSize.push(at);
      else free.set(bytes, [at]);
    },
    load(next) {
      width = next.length;
      query.set(next);
    },
    score(block, rows, into, at) {
      if (!(block instanceof WasmBlock)) return scoreInJs(block as JsRowBlock, rows, query.subarray(0, width), into, at);
      for (let from = 0; from < rows; from += MOST_ROWS) {
        const count = Math.min(MOST_ROWS, rows - from);
        kernel.score(queryAt, block.codesAt + from * width, block.at + from * 4, outAt, count, width);
        into.set(count === MOST_ROWS ? out : out.subarray(0, count), at + from);
      }
    },
  };
}

/** The WebAssembly scanner where the platform has it, else the slow one. */
export function rowScanner(): RowScanner {
  try {
    return wasmRowScanner();
  } catch {
    // `--jitless`, or a processor without the instructions.
    return jsRowScanner();
  }
}
