import { describe, expect, it } from "vitest";
import { clopperPearson, wilsonInterval } from "./intervals.ts";

describe("clopperPearson", () => {
  it.each([
    [59, 0.0495],
    [149, 0.0199],
    [299, 0.00997],
  ])("0 of %i: one-sided 95 %% upper bound %f", (total, upper) => {
    expect(clopperPearson(0, total, 0.9).upper).toBeCloseTo(upper, 4);
    expect(clopperPearson(0, total, 0.9).lower).toBe(0);
  });

  it("3 of 200, two-sided", () => {
    const { lower, upper } = clopperPearson(3, 200);
    expect(lower).toBeCloseTo(0.0031, 4);
    expect(upper).toBeCloseTo(0.0432, 4);
  });

  it("mirrors when right and wrong change places", () => {
    for (const [wrong, total] of [
      [0, 10],
      [1, 7],
      [40, 1000],
      [500, 1000],
    ] as const) {
      const one = clopperPearson(wrong, total);
      const other = clopperPearson(total - wrong, total);
      expect(one.lower).toBeCloseTo(1 - other.upper, 12);
      expect(one.upper).toBeCloseTo(1 - other.lower, 12);
    }
  });

  it("covers what it promises: the tail at its bound is 2.5 %", () => {
    // P(X <= 3 | n = 200, p = upper), summed directly.
    const { upper } = clopperPearson(3, 200);
    let tail = 0;
    let choose = 1;
    for (let k = 0; k <= 3; k += 1) {
      if (k > 0) choose = (choose * (200 - k + 1)) / k;
      tail += choose * upper ** k * (1 - upper) ** (200 - k);
    }
    expect(tail).toBeCloseTo(0.025, 10);
  });

  it("knows nothing without trials", () => {
    expect(clopperPearson(0, 0)).toEqual({ lower: 0, upper: 1 });
  });
});

describe("wilsonInterval", () => {
  it("3 of 200", () => {
    const { lower, upper } = wilsonInterval(3, 200);
    expect(lower).toBeCloseTo(0.0051, 4);
    expect(upper).toBeCloseTo(0.0432, 4);
  });

  it("stays within 0 and 1", () => {
    expect(wilsonInterval(0, 5).lower).toBe(0);
    expect(wilsonInterval(5, 5).upper).toBeLessThanOrEqual(1);
    expect(wilsonInterval(0, 0)).toEqual({ lower: 0, upper: 1 });
  });
});
