import { describe, expect, it } from "vitest";
import { tokenise } from "./tokenise.ts";

const texts = (text: string): string[] => tokenise(text).map((token) => token.text);

describe("tokenise", () => {
  it("keeps numbers, codes, addresses and times whole", () => {
    expect(texts("I paid $1,200.50 at 15:30 for C++ and v2.1.3?")).toEqual([
      "i",
      "paid",
      "$",
      "1,200.50",
      "at",
      "15:30",
      "for",
      "c++",
      "and",
      "v2.1.3",
      "?",
    ]);
    expect(texts("mail me@x.org, see https://x.org/a?b=1")).toEqual(["mail", "me@x.org", ",", "see", "https://x.org/a?b=1"]);
  });

  it("reads digits and letters of other scripts", () => {
    expect(texts("今天3点")).toEqual(["今天", "3", "点"]);
    expect(texts("٤٢")).toEqual(["42"]);
  });

  it("marks capitals inside a sentence only", () => {
    expect(
      tokenise("Paris is in France. Lyon too")
        .filter((token) => token.capital)
        .map((token) => token.text),
    ).toEqual(["france"]);
  });
});
