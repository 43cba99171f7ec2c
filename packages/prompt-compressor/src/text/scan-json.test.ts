import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isJson, scanJson } from "./scan-json.ts";

const parses = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
};

describe("scanJson", () => {
  it("ends where the value ends, whatever follows", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())),
        fc.constantFrom(0, 1, "\t"),
        fc.string(),
        (value, space, rest) => {
          const text = JSON.stringify(value, null, space);
          expect(scanJson(`x${text}${rest}`, 1)).toBe(text.length + 1);
        },
      ),
    );
  });

  it("agrees with JSON.parse about texts that are almost JSON", () => {
    const almost = fc
      .tuple(fc.jsonValue(), fc.nat(), fc.constantFrom("", ",", "}", '"', "\\", "0", " ", "\n"))
      .map(([value, place, extra]) => {
        const text = JSON.stringify([value]);
        const at = place % text.length;
        return text.slice(0, at) + extra + text.slice(at + 1);
      });
    fc.assert(
      fc.property(almost, (text) => {
        expect(isJson(text)).toBe(parses(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("gives up on depth instead of the stack, and on an open end", () => {
    expect(scanJson("[".repeat(100_000), 0)).toBeUndefined();
    expect(scanJson('{"a": [1, 2', 0)).toBeUndefined();
  });
});
