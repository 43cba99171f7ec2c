import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWordPieceTokenizer } from "./word-piece-tokenizer.ts";
import { readMiniLMVocabulary } from "./mini-lm-files.ts";

const vocabulary = await readMiniLMVocabulary();
const tokenizer = createWordPieceTokenizer(vocabulary);
const frame = { first: 101, last: 102, unknown: 100 };

/** Texts with the ids that the reference tokenizer (`tokenizers` 0.23.3 on PyPI) gives them. */
const golden = JSON.parse(await readFile(resolve(import.meta.dirname, "__fixtures__/word-pieces.json"), "utf8")) as [string, number[]][];

describe("createWordPieceTokenizer", () => {
  it.each(golden)("agrees with the reference on %j", (text, ids) => {
    expect(tokenizer.encode(text, 512)).toEqual({ ids, truncated: false });
  });

  it("takes any text, keeps to the limit and says when it cut", () => {
    const anyText = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string({ unit: "grapheme", maxLength: 60 }),
      // Lone surrogates too.
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
    );
    fc.assert(
      fc.property(anyText, fc.integer({ min: 3, max: 40 }), (text, maxTokens) => {
        const whole = tokenizer.encode(text, 1000);
        const cut = tokenizer.encode(text, maxTokens);
        expect(whole.ids.every((id) => Number.isInteger(id) && id >= 0 && id < 30_522)).toBe(true);
        expect(cut.truncated).toBe(whole.ids.length > maxTokens);
        expect(cut.ids).toEqual(cut.truncated ? [...whole.ids.slice(0, maxTokens - 1), frame.last] : whole.ids);
      }),
      { numRuns: 200 },
    );
  });

  it("reads a long text only as far as it fits", () => {
    const text = "word ".repeat(20_000);
    expect(tokenizer.encode(text, 256)).toEqual({
      ids: [frame.first, ...Array.from({ length: 254 }, () => vocabulary["word"]), frame.last],
      truncated: true,
    });
  });

  it("takes an endless word for one unknown piece", () => {
    expect(tokenizer.encode("a".repeat(100_000), 256)).toEqual({ ids: [frame.first, frame.unknown, frame.last], truncated: false });
  });
});
