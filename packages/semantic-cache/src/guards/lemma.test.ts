import { expect, it } from "vitest";
import { lemma } from "./lemma.ts";

it.each([
  ["went", "go"],
  ["colours", "color"],
  ["cancelled", "cancel"],
  ["organised", "organize"],
  ["charges", "charge"],
  ["parties", "party"],
  ["running", "run"],
  ["healthier", "healthy"],
  ["analyses", "analyze"],
  ["leaves", "leave"],
  ["evening", "evening"],
  ["after", "after"],
  ["series", "series"],
  ["iphones", "iphone"],
  ["straße", "straße"],
])("takes %s for %s", (form, base) => {
  expect(lemma(form)).toBe(base);
});
