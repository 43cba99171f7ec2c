import { expect, it } from "vitest";
import { align } from "./alignment.ts";
import { parseText } from "./parse.ts";

it.each([
  ["buy a car", "purchase an automobile", ["listed", "listed"]],
  ["the payment failed", "paying failed", ["family", "same"]],
  ["my trasnfer", "my transfer", ["typo"]],
  ["a data base", "a database", ["compound"]],
  ["a Postgres server", "a PostgreSQL server", ["same", "typo"]],
])("aligns %j with %j", (a, b, kinds) => {
  const { matches, leftA, leftB } = align(parseText(a), parseText(b));
  expect(matches.map((match) => match.kind).sort()).toEqual(kinds.sort());
  expect([...leftA, ...leftB]).toEqual([]);
});

it("leaves other words without a partner", () => {
  const { leftA, leftB } = align(parseText("reset the router"), parseText("restart the printer"));
  expect(leftA.length + leftB.length).toBeGreaterThanOrEqual(2);
});
