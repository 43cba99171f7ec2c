import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findIds } from "./find-ids.ts";

function idsIn(text: string): string[] {
  const ids: string[] = [];
  findIds(text, (start, end) => ids.push(text.slice(start, end)));
  return ids;
}

describe("findIds", () => {
  it("finds codes, paths, versions, names in capitals and camelCase, and no plain words or full stops", () => {
    expect(idsIn("Ship OPS-4412, see src/a.ts (v1.2.3), userId and US. Then stop. End.")).toEqual([
      "OPS-4412",
      "src/a.ts",
      "v1.2.3",
      "userId",
      "US",
    ]);
    expect(idsIn("The Plain words. Of a Sentence!")).toEqual([]);
  });

  it("finds the same by characters as by pattern", () => {
    const text = fc
      .array(
        fc.oneof(
          fc.string({ unit: "grapheme-ascii", maxLength: 8 }),
          fc.constantFrom("userId", "US", "a.b", "x_1", "Word", "#9", "end.", " ", ", ", "\t", '"'),
        ),
        { maxLength: 20 },
      )
      .map((parts) => parts.join(""))
      .filter((value) => !/[\r\n\v\f]/.test(value));
    fc.assert(
      fc.property(text, (value) => {
        // One letter beyond ASCII, and the line is searched by the pattern.
        expect(idsIn(`ä ${value}`)).toEqual(idsIn(value));
      }),
      { numRuns: 1_000 },
    );
  });
});
