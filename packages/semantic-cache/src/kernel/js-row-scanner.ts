import type { RowBlock, RowScanner } from "./row-scanner.ts";

/** Row after row. */
export interface JsRowBlock extends RowBlock {
  readonly codes: Int8Array;
}

/** The scanner for where WebAssembly is switched off, and the reference that the other one is compared with. */
export function jsRowScanner(): RowScanner {
  let query = new Int16Array(0);
  return {
    kind: "js",
    allocate: (capacity, width) => jsRowBlock(capacity, width),
    release: () => undefined,
    load(next) {
      query = Int16Array.from(next);
    },
    score: (block, rows, into, at) => scoreInJs(block as JsRowBlock, rows, query, into, at),
  };
}

export function jsRowBlock(capacity: number, width: number): JsRowBlock {
  const codes = new Int8Array(capacity * width);
  return {
    capacity,
    codes,
    factors: new Float32Array(capacity),
    write: (row, values) => codes.set(values, row * width),
    read: (row, into) => into.set(codes.subarray(row * width, row * width + into.length)),
  };
}

export function scoreInJs({ codes, factors }: JsRowBlock, rows: number, query: Int16Array, into: Float32Array, at: number): void {
  const width = query.length;
  for (let row = 0; row < rows; row += 1) {
    const from = row * width;
    let dot = 0;
    for (let i = 0; i < width; i += 1) dot += (codes[from + i] as number) * (query[i] as number);
    // Each step rounded to 32 bits, as the kernel does.
    into[at + row] = Math.fround(dot) * (factors[row] as number);
  }
}
