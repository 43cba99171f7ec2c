import { describe, expect, it } from "vitest";
import { parseText } from "./parse.ts";
import { compareDates } from "./quantities.ts";

const differ = (a: string, b: string): boolean => compareDates(parseText(a).dates, parseText(b).dates);

describe("dates of two texts", () => {
  it.each([
    ["due on March 5th, 2024", "due on 2024-03-05"],
    ["opens at 3 p.m.", "opens at 15:00"],
    ["hits of the eighties", "hits of the 1980s"],
    ["closed on New Year's Day", "closed on 1 January"],
    ["valid until 09/2027", "valid until September 2027"],
    ["meets on the first of October", "meets on 1 Oct."],
    ["what is on", "what is on today"],
  ])("%j is %j", (a, b) => expect(differ(a, b)).toBe(false));

  it.each([
    ["open on Monday", "open on Tuesday"],
    ["opens at 3 pm", "opens at 3 am"],
    ["last year", "this year"],
    ["the GDP in 2020", "the GDP"],
    ["due tomorrow", "due today"],
  ])("%j is not %j", (a, b) => expect(differ(a, b)).toBe(true));

  it("leaves the verb may alone", () => {
    expect(parseText("May I ask? I may come.").dates).toEqual([]);
  });
});
