import fc from "fast-check";
import { expect, it } from "vitest";
import { loadTokenizer } from "./tokenizer.ts";

const tokenizer = await loadTokenizer();

it("takes special tokens and long runs as ordinary text", () => {
  expect(tokenizer.count("<|endoftext|>")).toBeGreaterThan(1);
  expect(tokenizer.decode(tokenizer.encode("a".repeat(20_000)))).toBe("a".repeat(20_000));
  expect(tokenizer.decode(tokenizer.encode("acgt".repeat(5_000)))).toBe("acgt".repeat(5_000));
});

it("pieces join to the text again and have all its tokens", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
      const pieces = tokenizer.pieces(text);
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
      expect(pieces.reduce((sum, piece) => sum + piece.tokens, 0)).toBe(tokenizer.count(text));
    }),
  );
});

it("truncates to a start of at most so many tokens", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.nat(20), (text, limit) => {
      const start = tokenizer.truncate(text, limit);
      expect(text.startsWith(start)).toBe(true);
      if (tokenizer.count(text) <= limit) expect(start).toBe(text);
      else expect(start.length).toBeLessThan(text.length);
    }),
  );
});
