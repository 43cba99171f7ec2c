import { expect, it } from "vitest";
import { areAntonyms } from "./antonyms.ts";

it.each([
  ["increase", "decrease"],
  ["legal", "illegal"],
  ["install", "uninstall"],
  ["purchase", "sell"],
  ["credit", "debit"],
])("%s and %s are opposites", (a, b) => {
  expect(areAntonyms(a, b)).toBe(true);
  expect(areAntonyms(b, a)).toBe(true);
});

it.each([
  ["sign", "design"],
  ["habit", "inhabit"],
  ["bread", "butter"],
])("%s and %s are not", (a, b) => expect(areAntonyms(a, b)).toBe(false));
