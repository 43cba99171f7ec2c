import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadMiniLM } from "./mini-lm-model.ts";

interface Reference {
  readonly text: string;
  readonly vector: readonly number[];
}

/** Vectors of an independent implementation in 32-bit floats (`@lat.md/embed` 0.2.0), to five digits. */
const references = JSON.parse(await readFile(resolve(import.meta.dirname, "__fixtures__/reference-vectors.json"), "utf8")) as Reference[];

const { encoder, tokenizer } = await loadMiniLM({ kernel: "auto" });
const plain = await loadMiniLM({ kernel: "javascript" });

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
}

describe("createMiniLMEncoder", () => {
  it("runs on WebAssembly here", () => {
    expect(encoder.kernel).toBe("wasm");
    expect(plain.encoder.kernel).toBe("javascript");
  });

  it.each(references)("agrees with the reference on $text", ({ text, vector }) => {
    const { ids } = tokenizer.encode(text, 256);
    const ours = encoder.encode(ids);
    expect(dot(ours, ours)).toBeCloseTo(1, 9);
    expect(dot(ours, vector)).toBeGreaterThan(0.9999);
  });

  it("gives the same vectors without WebAssembly", () => {
    for (const text of ["OK", "Where is my order?"]) {
      const { ids } = tokenizer.encode(text, 256);
      const slow = plain.encoder.encode(ids);
      expect(Math.max(...encoder.encode(ids).map((value, index) => Math.abs(value - (slow[index] as number))))).toBeLessThan(1e-3);
    }
  });

  it("does not carry anything over from a longer text", () => {
    const short = tokenizer.encode("Where is my order?", 256).ids;
    const before = encoder.encode(short);
    encoder.encode(tokenizer.encode("noise ".repeat(300), 256).ids);
    expect(encoder.encode(short)).toEqual(before);
  });
});
