import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeInvoice } from "./invoice.ts";
import { costOf } from "./served-model.ts";

const usage = { inputTokens: 1, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };

describe("costOf", () => {
  it.each([
    [500_000, 0],
    [1_500_000, 2],
    [2_500_000, 2],
    [2_500_001, 3],
    [2_499_999, 2],
  ])("rounds %i / 1e6 half to even: %i", (input, cost) => {
    expect(costOf(usage, { input, output: 0 })).toBe(cost);
  });

  it("is exact where doubles are not", () => {
    const large = { inputTokens: 1_000_001, cachedTokens: 1, outputTokens: 999_999, reasoningTokens: 0 };
    const rates = { input: 15_000_000_001, output: 60_000_000_003, cacheRead: 1_500_000_001 };
    // 1e6 * 15,000,000,001 + 1,500,000,001 + 999,999 * 60,000,000,003, over 1e6
    expect(costOf(large, rates)).toBe(74_999_941_504);
  });

  it("never charges more for a cached token than for a fresh one, when its rate is lower", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), fc.nat(1e10), fc.nat(1e10), (fresh, cached, input, cacheRead) => {
        const tokens = { inputTokens: fresh + cached, cachedTokens: cached, outputTokens: 0, reasoningTokens: 0 };
        const lower = costOf(tokens, { input, output: 0, cacheRead: Math.min(input, cacheRead) });
        expect(lower).toBeLessThanOrEqual(costOf(tokens, { input, output: 0 }));
      }),
    );
  });
});

it("an empty journal costs nothing", () => {
  expect(makeInvoice([])).toEqual({ totalNanoUsd: 0, byModel: {} });
});
