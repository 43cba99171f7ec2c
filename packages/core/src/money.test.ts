import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "./langthrift-error.ts";
import { formatUsd, nanoUsd, roundHalfEven, sumUsd, toUsd, usd } from "./money.ts";

describe("usd", () => {
  it.each([
    [1, 1_000_000_000],
    ["0.000425", 425_000],
    [1e-9, 1],
    [-0.1, -100_000_000],
    [2.5e-10, 0],
    ["0.0000000005", 0],
    ["0.0000000015", 2],
    ["0.0000000025", 2],
    [0.1 + 0.2, 300_000_000],
    [-0, 0],
    ["9007199.254740991", Number.MAX_SAFE_INTEGER],
  ])("reads %s as %d nano-dollars", (amount, expected) => {
    expect(usd(amount)).toBe(expected);
  });

  it.each([Number.NaN, Infinity, "", "abc", "1,000", "1e3", "-", ".", 9_007_200])("refuses %s", (amount) => {
    expect(() => usd(amount)).toThrow(InvalidOptionError);
  });

  it("reads every integer amount back from its decimal", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (nano) => {
        const sign = nano < 0 ? "-" : "";
        const digits = String(Math.abs(nano)).padStart(10, "0");
        expect(usd(`${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`)).toBe(nano === 0 ? 0 : nano);
      }),
    );
  });
});

describe("formatUsd", () => {
  it.each([
    [usd("0.000425"), "$0.000425"],
    [usd("-0.1"), "-$0.10"],
    [usd(0), "$0.00"],
    [usd(1), "$1.00"],
    [usd("1234567.891"), "$1,234,567.89"],
    [usd("0.12345678"), "$0.1235"],
    [usd("0.99999"), "$1.00"],
    [nanoUsd(1), "$0.000000001"],
    [null, "unknown"],
  ])("writes %s as %s", (amount, text) => {
    expect(formatUsd(amount)).toBe(text);
  });
});

describe("sumUsd", () => {
  it("adds what is known and counts what is not", () => {
    expect(sumUsd([usd(1), null, usd("0.5"), null])).toEqual({ total: usd("1.5"), unknown: 2 });
  });

  it("refuses a sum that would no longer be exact", () => {
    expect(() => sumUsd([usd(9_000_000), usd(9_000_000)])).toThrow(RangeError);
  });
});

describe("roundHalfEven", () => {
  it("is the nearest integer, even on ties, the same for both signs", () => {
    expect([5n, 15n, 25n, 24n, 26n, -5n, -15n].map((value) => roundHalfEven(value, 10n))).toEqual([0n, 2n, 2n, 2n, 3n, 0n, -2n]);
  });
});

it("nanoUsd takes safe integers only", () => {
  expect(toUsd(nanoUsd(250_000_000))).toBe(0.25);
  expect(() => nanoUsd(0.5)).toThrow(InvalidOptionError);
  expect(() => nanoUsd(2 ** 53)).toThrow(InvalidOptionError);
});
