import fc from "fast-check";
import { expect, it } from "vitest";
import { defaultAnswer, normaliseQuestion } from "./default-answer.ts";

const ask = (question: string, seed = 1, model = "m"): string => defaultAnswer({ seed, model, question, choice: 0 });

it("is the same for spellings of one question and differs between questions, models and seeds", () => {
  expect(ask("Where is my parcel?")).toBe(ask("  where is  my PARCEL "));
  expect(new Set([ask("a"), ask("b"), ask("a", 2), ask("a", 1, "other")]).size).toBe(4);
});

it("never collides for different questions in practice, and never leaves a gap unfilled", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
      expect(ask(a)).not.toMatch(/\{\w+\}/u);
      if (normaliseQuestion(a) !== normaliseQuestion(b)) expect(ask(a)).not.toBe(ask(b));
    }),
  );
});
