import { describe, expect, it } from "vitest";
import { createJsKernel } from "./js-kernel.ts";
import type { Kernel } from "./kernel.ts";
import { createWasmKernel } from "./wasm-kernel.ts";

const bytes = 1 << 20;

/** Numbers in [-1, 1) that look random, the same each time. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Runs the same steps on both kernels over the same noise and compares `count` floats at `at`. */
function compare(at: number, count: number, digits: number, run: (kernel: Kernel, floats: Float32Array, shorts: Int16Array) => void): void {
  const [wasm, plain] = [createWasmKernel(bytes), createJsKernel(bytes)].map((kernel) => {
    const floats = new Float32Array(kernel.memory);
    const next = noise(7);
    for (let index = 0; index < floats.length; index += 1) floats[index] = 3 * next();
    run(kernel, floats, new Int16Array(kernel.memory));
    return Array.from(floats.subarray(at / 4, at / 4 + count));
  }) as [number[], number[]];
  const largest = plain.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(0.01);
  const worst = Math.max(...plain.map((value, index) => Math.abs(value - (wasm[index] as number))));
  expect(worst / largest).toBeLessThan(10 ** -digits);
}

describe("the WebAssembly kernel equals the one in JavaScript", () => {
  it.each([1, 2, 3, 8])("linear, after quantize, on %i rows", (rows) => {
    const inner = 64;
    const outer = 48;
    const [packed, scales, weights, weightScales, bias, output] = [65_536, 131_072, 196_608, 262_144, 327_680, 393_216] as const;
    compare(output, rows * outer, 4, (kernel, _floats, shorts) => {
      const next = noise(11);
      for (let index = 0; index < inner * outer; index += 1) shorts[weights / 2 + index] = Math.round(2047 * next());
      kernel.quantize(0, packed, scales, rows, inner, 8000);
      kernel.linear(packed, scales, weights, weightScales, bias, output, rows, inner, outer);
    });
  });

  it("linear multiplies as a matrix does", () => {
    const kernel = createWasmKernel(bytes);
    const floats = new Float32Array(kernel.memory);
    const shorts = new Int16Array(kernel.memory);
    // Two inputs 1 and 2; output c has the weights c and 100 + c, scale 1 and bias 0.5.
    floats.set([1, 2, 0, 0]);
    for (let column = 0; column < 16; column += 1) {
      shorts.set([column, 100 + column], 2048 + column * 2);
      shorts.set([0, 0], 2048 + 32 + column * 2);
      floats[2048 + column] = 1;
      floats[3072 + column] = 0.5;
    }
    kernel.quantize(0, 1024, 2048, 1, 4, 2000);
    kernel.linear(1024, 2048, 4096, 8192, 12_288, 16_384, 1, 4, 16);
    for (let column = 0; column < 16; column += 1) {
      expect(floats[4096 + column]).toBeCloseTo(column + 2 * (100 + column) + 0.5, 3);
    }
  });

  it("quantize of nothing but zeros", () => {
    const kernel = createWasmKernel(bytes);
    kernel.quantize(0, 1024, 2048, 1, 16, 1000);
    expect(new Float32Array(kernel.memory)[512]).toBe(1);
    expect(new Int16Array(kernel.memory, 1024, 32).every((value) => value === 0)).toBe(true);
  });

  it("addNorm", () => {
    compare(0, 5 * 384, 5, (kernel) => kernel.addNorm(0, 65_536, 131_072, 196_608, 5, 384));
  });

  it("gelu, also far out", () => {
    compare(0, 4096, 6, (kernel, floats) => {
      for (let index = 0; index < 4096; index += 1) floats[index] = (index - 2048) / 100;
      kernel.gelu(0, 4096);
    });
  });

  it.each([1, 2, 3, 4, 5, 31])("attention on %i rows", (rows) => {
    const heads = 3;
    compare(524_288, rows * heads * 32, 5, (kernel) => kernel.attention(0, 524_288, 786_432, rows, heads));
  });
});
