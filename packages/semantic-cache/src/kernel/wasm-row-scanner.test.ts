import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsRowScanner } from "./js-row-scanner.ts";
import type { RowBlock, RowScanner } from "./row-scanner.ts";
import { rowScanner, wasmRowScanner } from "./wasm-row-scanner.ts";

function filled(scanner: RowScanner, capacity: number, width: number, codes: ArrayLike<number>, factors: ArrayLike<number>): RowBlock {
  const block = scanner.allocate(capacity, width);
  for (let row = 0; row * width < codes.length; row += 1)
    block.write(
      row,
      Int8Array.from({ length: width }, (_, i) => codes[row * width + i] ?? 0),
    );
  block.factors.set(factors);
  return block;
}

function scores(scanner: RowScanner, block: RowBlock, rows: number, query: Int16Array): number[] {
  const into = new Float32Array(rows + 2).fill(7);
  scanner.load(query);
  scanner.score(block, rows, into, 1);
  // What lies before and behind must be as it was.
  expect([into[0], into[rows + 1]]).toEqual([7, 7]);
  return [...into.subarray(1, rows + 1)];
}

describe("wasmRowScanner", () => {
  it("gives the numbers of the plain one to the last bit", () => {
    const wasm = wasmRowScanner();
    const js = jsRowScanner();
    fc.assert(
      fc.property(
        fc.constantFrom(16, 32, 48, 384, 400),
        fc.integer({ min: 1, max: 24 }),
        fc.infiniteStream(fc.integer({ min: -127, max: 127 })),
        fc.infiniteStream(fc.integer({ min: -32_767, max: 32_767 })),
        fc.infiniteStream(fc.float({ noNaN: true, min: 0, max: 1 })),
        (width, rows, codeStream, queryStream, factorStream) => {
          const codes = [...codeStream.take(24 * width)];
          const query = Int16Array.from(queryStream.take(width));
          const factors = [...factorStream.take(24)];
          const block = filled(wasm, 24, width, codes, factors);
          expect(scores(wasm, block, rows, query)).toEqual(scores(js, filled(js, 24, width, codes, factors), rows, query));
          wasm.release(block);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("does not overflow at the largest sum that a query may have", () => {
    const wasm = wasmRowScanner();
    const width = 3072;
    const query = new Int16Array(width).fill(Math.floor((2 ** 31 - 1) / (127 * width)));
    const block = filled(wasm, 8, width, new Int8Array(8 * width).fill(127), new Float32Array(8).fill(1));
    const dot = Math.fround(127 * width * (query[0] ?? 0));
    expect(scores(wasm, block, 8, query)).toEqual(Array.from({ length: 8 }, () => dot));
    for (let row = 0; row < 8; row += 1) block.write(row, new Int8Array(width).fill(-127));
    expect(scores(wasm, block, 8, query)).toEqual(Array.from({ length: 8 }, () => -dot));
  });

  it("keeps what blocks hold while the memory grows", () => {
    const wasm = wasmRowScanner();
    const first = filled(wasm, 8, 16, new Int8Array(128).fill(3), new Float32Array(8).fill(1));
    for (let i = 0; i < 20; i += 1) wasm.allocate(1024, 384);
    expect(scores(wasm, first, 8, new Int16Array(16).fill(2))).toEqual(Array.from({ length: 8 }, () => 96));
    for (let row = 0; row < 8; row += 1) first.write(row, new Int8Array(16).fill(1));
    expect(scores(wasm, first, 8, new Int16Array(16).fill(2))).toEqual(Array.from({ length: 8 }, () => 32));
  });

  it("uses a released block again, cleared", () => {
    const wasm = wasmRowScanner();
    const first = filled(wasm, 8, 16, new Int8Array(128).fill(3), new Float32Array(8).fill(1));
    wasm.release(first);
    const second = wasm.allocate(8, 16);
    expect(second.factors.byteOffset).toBe(first.factors.byteOffset);
    second.factors.fill(1);
    expect(scores(wasm, second, 8, new Int16Array(16).fill(2))).toEqual(Array.from({ length: 8 }, () => 0));
  });

  it("reads back what was written, row by row", () => {
    const block = wasmRowScanner().allocate(8, 48);
    const rows = Array.from({ length: 8 }, (_, row) => Int8Array.from({ length: 37 }, (_, i) => row * 13 + i - 60));
    for (const [row, codes] of rows.entries()) block.write(row, codes);
    for (const [row, codes] of rows.entries()) {
      const into = new Int8Array(37);
      block.read(row, into);
      expect(into).toEqual(codes);
    }
  });

  it("scores blocks of more rows than one call takes", () => {
    const wasm = wasmRowScanner();
    const rows = 10_000;
    const codes = Int8Array.from({ length: rows * 16 }, (_, i) => (i % 251) - 125);
    const factors = Float32Array.from({ length: rows }, (_, i) => 1 / (i + 1));
    const query = Int16Array.from({ length: 16 }, (_, i) => i * 1000 - 8000);
    const js = jsRowScanner();
    expect(scores(wasm, filled(wasm, rows, 16, codes, factors), rows, query)).toEqual(
      scores(js, filled(js, rows, 16, codes, factors), rows, query),
    );
  });

  it("is what this platform gets", () => {
    expect(rowScanner().kind).toBe("wasm");
  });
});
