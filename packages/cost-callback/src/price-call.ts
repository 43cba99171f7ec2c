import type { PriceBook, PriceResult, ServiceTier, Usage } from "@langthrift/core";

export interface PriceableCall {
  readonly provider?: string | undefined;
  readonly requested?: string | undefined;
  readonly served?: string | undefined;
  readonly tier?: ServiceTier | undefined;
  readonly usage: Usage;
  /** ms since epoch */
  readonly at: number;
}

/**
 * The price of a call by the model that served it. Your own price for the name that was asked for also holds where the provider answers
 * with a dated version of that name ("gpt-4o" → "gpt-4o-2024-08-06"), and a served name without a price falls back to the one asked for.
 * Never throws: by then the answer is paid.
 */
export function priceCall(prices: PriceBook, { provider, requested, served, tier, usage, at }: PriceableCall): PriceResult {
  const price = (model: string): PriceResult => {
    try {
      return prices.priceOf({ model, provider, usage, tier, at });
    } catch {
      // `unknownPrice: "throw"` is for those who ask before a call.
      return {
        nanoUsd: null,
        breakdown: {},
        source: "none",
        confidence: "unknown",
        model,
        catalogVersion: prices.catalogVersion,
        ...(tier !== undefined && { tier }),
      };
    }
  };
  const model = served ?? requested ?? "unknown";
  if (requested === undefined || requested === model) return price(model);

  const choice = remembered(prices, `${provider ?? ""}\n${tier ?? ""}\n${requested}\n${model}\n${Math.floor(at / 3_600_000)}`, () => {
    const known = (name: string): boolean => prices.ratesOf({ model: name, provider, tier, at }) !== null;
    if (model.startsWith(`${requested}-`) && price(requested).source === "override") return "requested";
    return known(model) || !known(requested) ? "served" : "fallback";
  });
  if (choice === "served") return price(model);
  const asked = price(requested);
  return choice === "fallback" && asked.confidence === "exact" ? { ...asked, confidence: "alias" } : asked;
}

/** Which name a call is priced by. */
type Choice = "served" | "requested" | "fallback";

const choices = new WeakMap<PriceBook, Map<string, Choice>>();
const MAX_CHOICES = 2_000;

/** The same pair of names comes with every call; finding out which has the price takes several look-ups. */
function remembered(prices: PriceBook, key: string, choose: () => Choice): Choice {
  let known = choices.get(prices);
  if (!known) {
    known = new Map();
    choices.set(prices, known);
  }
  let choice = known.get(key);
  if (choice === undefined) {
    choice = choose();
    if (known.size >= MAX_CHOICES) known.clear();
    known.set(key, choice);
  }
  return choice;
}
