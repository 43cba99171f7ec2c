import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignPieces } from "./align-pieces.ts";

const placed = (text: string, pieces: readonly string[]): (string | undefined)[] =>
  alignPieces(text, pieces).map((range) => range && text.slice(range.start, range.end));

describe("alignPieces", () => {
  it("places word pieces of both kinds, and other case", () => {
    expect(placed("Refunding isn't free", ["refund", "##ing", "isn", "'", "t", "free"])).toEqual([
      "Refund",
      "ing",
      "isn",
      "'",
      "t",
      "free",
    ]);
    expect(placed("Refunding it", ["▁Re", "funding", "▁it"])).toEqual(["Re", "funding", "it"]);
  });

  it("takes a number sign for one where the text has one", () => {
    expect(placed("C# and ##", ["C", "#", "and", "##"])).toEqual(["C", "#", "and", "##"]);
  });

  it("leaves out what it cannot find, and finds the next", () => {
    expect(placed("naïve ☃ plan", ["nai", "##ve", "[UNK]", "plan"])).toEqual(["naï", "ve", undefined, "plan"]);
    expect(placed("no ☃☃ in it", ["no", "[UNK]", "it"])).toEqual(["no", undefined, "it"]);
  });

  it("takes the nearest place and not a later one of the same case, and none beyond a word", () => {
    expect(placed("C# code Straße", ["c", "#", "code", "stra", "##ße"])).toEqual(["C", "#", "code", "Stra", "ße"]);
    expect(alignPieces("see sea", ["a"])).toEqual([undefined]);
    expect(placed("a cafe\u0301 b", ["a", "cafe", "b"])).toEqual(["a", "cafe", "b"]);
  });

  it("gives places in order and inside of the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.string({ maxLength: 4 })), (text, pieces) => {
        let last = 0;
        for (const range of alignPieces(text, pieces)) {
          if (!range) continue;
          expect(range.start).toBeGreaterThanOrEqual(last);
          expect(range.end).toBeLessThanOrEqual(text.length);
          last = range.end;
        }
      }),
    );
  });
});
