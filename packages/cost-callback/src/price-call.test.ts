import { createPriceBook } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { priceCall } from "./price-call.ts";

const usage = { inputTokens: 1_000_000 };
const at = Date.UTC(2026, 0, 1);

describe("priceCall", () => {
  it("goes by the served name, and by the user's own price for a dated version of the name asked for", () => {
    const list = createPriceBook({ logger: false });
    const own = createPriceBook({ overrides: [{ model: "gpt-4o", inputUsdPerMillion: 1, outputUsdPerMillion: 1 }], logger: false });
    const call = { provider: "openai", requested: "gpt-4o", served: "gpt-4o-2024-08-06", usage, at };
    expect(priceCall(list, call).nanoUsd).toBe(2_500_000_000);
    expect(priceCall(own, call).nanoUsd).toBe(1_000_000_000);
    // Another model than asked for is no version of it.
    expect(priceCall(own, { ...call, served: "gpt-4.1-mini" }).nanoUsd).toBe(400_000_000);
  });

  it("falls back to the name asked for, and says so", () => {
    const prices = createPriceBook({ overrides: [{ model: "mine", inputUsdPerMillion: 3, outputUsdPerMillion: 3 }], logger: false });
    expect(priceCall(prices, { requested: "mine", served: "somebody/else", usage, at })).toMatchObject({
      nanoUsd: 3_000_000_000,
      confidence: "alias",
    });
    expect(priceCall(prices, { requested: "x", served: "y", usage, at }).nanoUsd).toBeNull();
  });

  it("remembers nothing beyond a price's date", () => {
    const prices = createPriceBook({
      overrides: [{ model: "m", from: "2026-01-01", inputUsdPerMillion: 3, outputUsdPerMillion: 3 }],
      catalog: "none",
      logger: false,
    });
    expect(priceCall(prices, { requested: "m", served: "m-2", usage, at: at - 1 }).nanoUsd).toBeNull();
    expect(priceCall(prices, { requested: "m", served: "m-2", usage, at }).nanoUsd).toBe(3_000_000_000);
  });
});
