import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { routingCurve } from "./routing-curve.ts";

/** Ten rows, of which the strong model wins those at the given places in the order of the scores. */
const tenRows = (won: readonly number[], lost: readonly number[] = []) => ({
  scores: Array.from({ length: 10 }, (_, row) => 10 - row),
  weak: Array.from({ length: 10 }, (_, row) => (lost.includes(row) ? 1 : 0)),
  strong: Array.from({ length: 10 }, (_, row) => (won.includes(row) ? 1 : 0)),
});

describe("routingCurve, by hand", () => {
  it("a router that knows: the two gains come first", () => {
    // PGR at 0, .1, .2 … 1: 0, .5, 1, 1 … 1. Area: .025 + .075 + 8 × .1 = .9.
    const { apgr, cpt50, cpt80, points } = routingCurve(tenRows([0, 1]));
    expect(apgr).toBeCloseTo(0.9, 12);
    expect([cpt50, cpt80]).toEqual([0.1, 0.2]);
    expect(points[1]).toEqual({ strongShare: 0.1, quality: 0.1 });
    expect(points).toHaveLength(11);
  });

  it("a router that is wrong: the gains come last", () => {
    // 0 up to .8, .5 at .9, 1 at 1: .025 + .075.
    const { apgr, cpt50, cpt80 } = routingCurve(tenRows([8, 9]));
    expect(apgr).toBeCloseTo(0.1, 12);
    expect([cpt50, cpt80]).toEqual([0.9, 1]);
  });

  it("not monotone: above the strong model's quality, then down; the first crossing counts and the area may exceed 1", () => {
    // Gains at places 0, 1, 2; losses at 8, 9; net 1. PGR: 0, 1, 2, 3, 3, 3, 3, 3, 3, 2, 1. Area: (0+1)/20 + 3/20 + 5/20 + 5 × .3 + 5/20 + 3/20.
    const { apgr, cpt50, cpt80 } = routingCurve(tenRows([0, 1, 2], [8, 9]));
    expect(apgr).toBeCloseTo(2.35, 12);
    expect([cpt50, cpt80]).toEqual([0.1, 0.1]);
    // Up, down below half, up again: PGR 0, 1, 0, 0 … 0, 1.
    expect(routingCurve(tenRows([0, 9], [1])).cpt50).toBe(0.1);
  });

  it("equal scores are any order: half of the area, wherever the gains lie", () => {
    const { apgr } = routingCurve({ ...tenRows([0, 1, 2]), scores: Array.from({ length: 10 }, () => 1) });
    expect(apgr).toBeCloseTo(0.5, 12);
  });

  it("has no gap to recover where both models are equal, and no rows where there are none", () => {
    expect(routingCurve({ scores: [2, 1], weak: [1, 0], strong: [0, 1] }).apgr).toBe(0);
    expect(routingCurve({ scores: [], weak: [], strong: [] })).toMatchObject({ apgr: 0, cpt50: 1, cpt80: 1 });
  });

  it("is the mirror image with the scores turned round", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            score: fc.integer({ min: 0, max: 5 }),
            weak: fc.integer({ min: 0, max: 1 }),
            strong: fc.integer({ min: 0, max: 1 }),
          }),
          { minLength: 10, maxLength: 50 },
        ),
        (rows) => {
          const of = (sign: number) =>
            routingCurve({
              scores: rows.map(({ score }) => sign * score),
              weak: rows.map(({ weak }) => weak),
              strong: rows.map(({ strong }) => strong),
            });
          const gap = rows.reduce((sum, { weak, strong }) => sum + strong - weak, 0);
          fc.pre(gap !== 0);
          expect(of(1).apgr + of(-1).apgr).toBeCloseTo(1, 9);
        },
      ),
      { seed: 3 },
    );
  });
});
