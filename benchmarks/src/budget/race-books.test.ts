import { describe, expect, it } from "vitest";
import { judge, RaceBooks } from "./race-books.ts";

function books(): RaceBooks {
  const race = new RaceBooks();
  race.hear({ kind: "granted", budgetId: "a", actual: 600_000_000, reserveMs: 1 });
  race.hear({ kind: "granted", budgetId: "a", actual: 300_000_000, reserveMs: 1 });
  race.hear({ kind: "settled", budgetId: "a", actual: 600_000_000 });
  return race;
}
const end = (spentNanoUsd: number, heldNanoUsd = 0) => new Map([["a", { spentNanoUsd, heldNanoUsd }]]);

describe("judge of a budget race", () => {
  it("finds nothing wrong where the dead are charged what they had reserved", () => {
    expect(judge(books(), end(950_000_000), 1)).toEqual({ overLimitUsd: 0, forgottenUsd: 0, leftHeldUsd: 0, chargedForDeadUsd: 0.35 });
  });

  it("misses what a killed process was billed and no account has", () => {
    expect(judge(books(), end(600_000_000), 1)).toMatchObject({ forgottenUsd: 0.3, overLimitUsd: 0 });
    expect(judge(books(), new Map(), 1)).toMatchObject({ forgottenUsd: 0.9 });
  });

  it("sees more than the limit in what was billed, in what is spent, and in what was held for a moment", () => {
    expect(judge(books(), end(900_000_000), 0.8).overLimitUsd).toBeCloseTo(0.1);
    expect(judge(books(), end(1_200_000_000), 1).overLimitUsd).toBeCloseTo(0.2);
    const race = books();
    race.book("a").highest = 1_500_000_000;
    expect(judge(race, end(900_000_000, 50_000_000), 1)).toMatchObject({ overLimitUsd: 0.5, leftHeldUsd: 0.05 });
  });
});
