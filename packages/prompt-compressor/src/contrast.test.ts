import { readFileSync } from "node:fs";
import { approximateTokenCounter } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { LosslessCompressor, PipelineCompressor, restoreText, StopWordCompressor } from "./index.ts";

interface Pair {
  readonly a: string;
  readonly b: string;
  readonly category: string;
}

const pairs = readFileSync(new URL("./__fixtures__/contrast-prompts.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Pair);
const options = { minTokens: 0, minGain: 0, tokenCounter: approximateTokenCounter };
const fences = (text: string) => text.match(/^```[^]*?^```/gm) ?? [];

describe.each([
  ["stop words, safe", new StopWordCompressor()],
  ["lossless and stop words, safe", new PipelineCompressor([new LosslessCompressor(), new StopWordCompressor()])],
])("contrast prompts: %s", (_name, compressor) => {
  it("has enough of them to mean something", () => {
    expect(pairs.length).toBeGreaterThanOrEqual(200);
  });

  it.each([...new Set(pairs.map(({ category }) => category))])("keeps different meanings apart: %s", async (category) => {
    for (const { a, b } of pairs.filter((pair) => pair.category === category)) {
      const [left, right] = await Promise.all([compressor.compress(a, options), compressor.compress(b, options)]);
      expect(left.text.trim(), `${a}\n${b}`).not.toBe(right.text.trim());
      expect(left.skipped, a).not.toBe("error");
      for (const [before, after] of [
        [a, left],
        [b, right],
      ] as const) {
        expect(restoreText(after)).toBe(before);
        expect(fences(after.text)).toEqual(fences(before));
      }
    }
  });

  it("leaves JSON parseable", async () => {
    for (const { a } of pairs.filter(({ category, a: text }) => category === "json" && /^[[{]/.test(text))) {
      const { text } = await compressor.compress(a, options);
      expect(JSON.parse(text)).toEqual(JSON.parse(a));
    }
  });
});

it("changes enough of the prompts that the test above is one", async () => {
  const results = await Promise.all(pairs.map(({ a }) => new StopWordCompressor().compress(a, options)));
  expect(results.filter(({ text }, index) => text !== pairs[index]?.a).length).toBeGreaterThan(100);
});
