import { describe, expect, it } from "vitest";
import { digitsValue } from "./numbers.ts";
import { parseText } from "./parse.ts";

const quantities = (text: string): string[] =>
  parseText(text).quantities.map(({ value, unit, soft }) => `${value} ${unit?.name ?? "-"}${soft ? " soft" : ""}`);

describe("digitsValue", () => {
  it.each([
    ["1,200.5", 1200.5],
    ["1.200,5", 1200.5],
    ["12,345,678", 12_345_678],
    ["3,5", 3.5],
    ["1'000", 1000],
    ["3/4", 0.75],
  ])("reads %s", (text, value) => expect(digitsValue(text)).toBe(value));
});

describe("quantities of a text", () => {
  it.each([
    ["two hundred and fifty guests", ["250 -"]],
    ["twenty-one days", ["21 day"]],
    ["a dozen eggs", ["12 -"]],
    ["$5 million raised", ["5000000 dollar"]],
    ["half of the votes", ["50 percent"]],
    ["wait a week for it", ["1 week soft"]],
    ["an hour and a half later", ["1.5 hour"]],
    ["5 feet 10 inches tall", [`${5 + 10 / 12} foot`]],
    ["which one is best", ["1 - soft"]],
    ["the 2nd of them", ["2 ordinal"]],
  ])("of %j", (text, expected) => expect(quantities(text)).toEqual(expected));
});
