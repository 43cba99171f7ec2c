import { expect, it } from "vitest";
import { parseText } from "./parse.ts";
import { compareQuantities } from "./quantities.ts";

const compare = (a: string, b: string): string | null => compareQuantities(parseText(a).quantities, parseText(b).quantities);

it.each([
  ["1 km", "1000 m", null],
  ["12 months", "a year", null],
  ["2.5 hours", "150 minutes", null],
  ["5 km", "5 miles", "units"],
  ["20 euros", "20 dollars", "units"],
  ["3 apples", "4 apples", "numbers"],
  ["apples", "4 apples", "numbers"],
  ["in a week", "in an hour", "numbers"],
])("%j against %j: %s", (a, b, expected) => expect(compare(a, b)).toBe(expected));
