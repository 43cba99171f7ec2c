import { describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "./langthrift-error.ts";
import { usd } from "./money.ts";
import { createPriceBook } from "./price-book.ts";
import { UnknownPriceError } from "./unknown-price-error.ts";

const book = createPriceBook({ logger: false });
const million = { inputTokens: 1_000_000, outputTokens: 0 };

describe("the catalogue", () => {
  it("charges cached tokens once (gpt-5: 1M in, 400k read = $0.80)", () => {
    const price = book.priceOf({ model: "gpt-5", provider: "openai", usage: { ...million, cacheReadTokens: 400_000 } });
    expect(price).toMatchObject({
      nanoUsd: usd("0.80"),
      source: "catalog",
      confidence: "exact",
      breakdown: { input: usd("0.75"), cacheRead: usd("0.05") },
    });
  });

  it("bills Anthropic's cache writes, the one-hour ones and searches at their own rates", () => {
    const usage = {
      inputTokens: 3000,
      outputTokens: 100,
      cacheReadTokens: 1000,
      cacheWriteTokens: 1500,
      cacheWrite1hTokens: 500,
      webSearches: 2,
    };
    // 500 × $3 + 1000 × $0.30 + 1000 × $3.75 + 500 × $6 + 100 × $15 a million, and 2 × $0.01
    const expected = usd("0.0015") + usd("0.0003") + usd("0.00375") + usd("0.003") + usd("0.0015") + usd("0.02");
    expect(book.priceOf({ model: "claude-sonnet-4-5", provider: "anthropic", usage }).nanoUsd).toBe(expected);
  });

  it("takes context tiers as cliffs", () => {
    const priceAt = (inputTokens: number) => book.priceOf({ model: "gemini-2.5-pro", provider: "google", usage: { inputTokens } }).nanoUsd;
    expect(priceAt(200_000)).toBe(usd("0.25"));
    expect(priceAt(200_001)).toBe(usd("0.5000025"));
  });

  it("is exact where tokens × rate passes 2^53", () => {
    const usage = { inputTokens: 123_456_789, outputTokens: 0 };
    const price = createPriceBook({ overrides: [{ model: "dear", inputUsdPerMillion: 75, outputUsdPerMillion: 1 }] }).priceOf({
      model: "dear",
      usage,
    });
    expect(price.nanoUsd).toBe(9_259_259_175_000);
  });

  it.each([
    ["models/gemini-2.5-flash", "google_genai", "alias"],
    ["gpt-4.1-mini-2031-01-01", "openai", "alias"],
    ["ft:gpt-4.1-mini-2025-04-14:acme::abc", "openai", "estimated"],
    ["text-embedding-3-small", undefined, "exact"],
    ["claude-sonnet-4-5-20250929", "anthropic", "exact"],
    ["anthropic.claude-3-5-sonnet-20241022-v2:0", "amazon_bedrock", "exact"],
  ])("finds %s of %s (%s)", (model, provider, confidence) => {
    const price = book.priceOf({ model, provider, usage: million });
    expect(price.nanoUsd).toBeGreaterThan(0);
    expect(price.confidence).toBe(confidence);
  });

  it("halves batch and flex, and calls priority an estimate", () => {
    const price = (tier: string) => book.priceOf({ model: "gpt-4.1", provider: "openai", usage: million, tier });
    expect(price("batch").nanoUsd).toBe(usd(1));
    expect(price("flex")).toMatchObject({ nanoUsd: usd(1), confidence: "exact" });
    expect(price("standard").nanoUsd).toBe(usd(2));
    expect(price("priority").confidence).toBe("estimated");
  });
});

describe("an unknown price", () => {
  const usage = { inputTokens: 10, outputTokens: 10 };

  it("is null, never 0, and warns once a model", () => {
    const warn = vi.fn();
    const quiet = createPriceBook({ logger: { warn } });
    for (let call = 0; call < 3; call += 1) {
      expect(quiet.priceOf({ model: "nobody-knows", usage })).toMatchObject({ nanoUsd: null, source: "none", confidence: "unknown" });
    }
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it("throws where asked to", () => {
    expect(() => createPriceBook({ unknownPrice: "throw" }).priceOf({ model: "nobody-knows", usage })).toThrow(UnknownPriceError);
  });

  it("takes the provider's dearest rates as an upper bound", () => {
    const bound = createPriceBook({ unknownPrice: "upper-bound", logger: false }).priceOf({
      model: "nobody-knows",
      provider: "openai",
      usage,
    });
    const known = book.priceOf({ model: "gpt-5", provider: "openai", usage });
    expect(bound.confidence).toBe("estimated");
    expect(bound.nanoUsd).toBeGreaterThan(known.nanoUsd ?? Infinity);
  });
});

describe("overrides", () => {
  it("come before the catalogue, the last one wins, and 0 is a known price", () => {
    const own = createPriceBook({
      overrides: [
        { model: /^gpt-5/, inputUsdPerMillion: 9, outputUsdPerMillion: 9 },
        { model: "gpt-5", inputUsdPerMillion: 0, outputUsdPerMillion: 0 },
      ],
    });
    expect(own.priceOf({ model: "gpt-5", usage: million })).toMatchObject({ nanoUsd: 0, source: "override" });
    expect(own.priceOf({ model: "gpt-5-mini", usage: million }).nanoUsd).toBe(usd(9));
  });

  it("hold from a date until a date", () => {
    const own = createPriceBook({
      overrides: [{ model: "m", from: "2026-01-01", until: "2026-02-01", inputUsdPerMillion: 1, outputUsdPerMillion: 1 }],
      logger: false,
    });
    const at = (date: string) => own.priceOf({ model: "m", usage: million, at: Date.parse(date) }).nanoUsd;
    expect([at("2025-12-31"), at("2026-01-01"), at("2026-01-31"), at("2026-02-01")]).toEqual([null, usd(1), usd(1), null]);
  });

  it.each([{ inputUsdPerMillion: -1 }, { inputUsdPerMillion: Number.NaN }, { from: "soon" }])("refuse %o", (fields) => {
    const override = { model: "m", inputUsdPerMillion: 1, outputUsdPerMillion: 1, ...fields };
    expect(() => createPriceBook({ overrides: [override] })).toThrow(InvalidOptionError);
  });

  it("can be all there is", () => {
    expect(createPriceBook({ catalog: "none", logger: false }).priceOf({ model: "gpt-5", usage: million }).nanoUsd).toBeNull();
  });
});

it("formats in another currency", () => {
  expect(createPriceBook({ currency: { code: "EUR", perUsd: 0.5 } }).format(usd(3))).toBe("1.50 EUR");
});
