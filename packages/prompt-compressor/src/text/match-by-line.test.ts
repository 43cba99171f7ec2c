import type { TokenCounter } from "@langthrift/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pieceCounter } from "./count-pieces.ts";
import { matchByLine } from "./match-by-line.ts";
import { scanWords } from "./words.ts";

const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.constantFrom("word ", "don't ", "don’t ", "\n", "\n\n  ", "\r\n", " 1,234.5 ", "é", "日本", "  "),
    ),
    {
      maxLength: 30,
    },
  )
  .map((parts) => parts.join(""));

describe("matchByLine", () => {
  it("finds in every text what the Unicode pattern finds in the whole", () => {
    const unicode = /[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*|\p{N}+(?:[.,:]\p{N}+)*/gu;
    fc.assert(
      fc.property(text, (value) => {
        expect(scanWords(value).map(({ text: word, start }) => [word, start])).toEqual(
          [...value.matchAll(unicode)].map((match) => [match[0], match.index]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("takes time in proportion to the text for a pattern that is rarely met", () => {
    let steps = 0;
    const pattern = /x/g;
    const counting = Object.assign(Object.create(pattern) as RegExp, {
      lastIndex: 0,
      exec(part: string): RegExpExecArray | null {
        steps += part.length;
        pattern.lastIndex = this.lastIndex as number;
        const match = pattern.exec(part);
        this.lastIndex = pattern.lastIndex;
        return match;
      },
    });
    const lines = "ä line without it\n".repeat(2_000);
    matchByLine(lines, counting, counting, () => undefined);
    expect(steps).toBe(lines.length);
  });
});

describe("pieceCounter", () => {
  const characters: TokenCounter = { count: (value) => value.length, isExact: () => false };

  it("leaves no character out and counts none twice", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(pieceCounter(characters).count(value)).toBe(value.length);
      }),
      { numRuns: 500 },
    );
  });

  it("asks the counter once for a word that comes again", () => {
    const asked: string[] = [];
    const counter = pieceCounter({
      count(piece) {
        asked.push(piece);
        return 1;
      },
      isExact: () => true,
    });
    expect(counter.count("one two one two one")).toBe(5);
    expect(asked).toEqual(["one", " two", " one"]);
  });
});
