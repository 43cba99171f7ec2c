import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { InvalidOptionError } from "./langthrift-error.ts";
import { type Logger, resolveLogger } from "./logger.ts";
import { type NanoUsd, formatUsd } from "./money.ts";
import { genaiPricesCatalog, type PriceCatalog } from "./price-catalog.ts";
import { findOverride, overrideRates, validateOverride, type PriceOverride } from "./price-override.ts";
import { applyRates, type Rates, scaleRates, type ServiceTier, type TokenKind } from "./rates.ts";
import { shippedOverrides } from "./shipped-overrides.ts";
import { UnknownPriceError } from "./unknown-price-error.ts";
import type { Usage } from "./usage.ts";

/** What was used, and where: all that a price depends on. */
export interface PriceQuery {
  readonly model: string;
  /** LangChain's `ls_provider` or the catalogue's id. */
  readonly provider?: string | undefined;
  readonly usage: Usage;
  readonly tier?: ServiceTier | undefined;
  /** When the call was made, ms since epoch. Default: now. */
  readonly at?: number | undefined;
}

/** A price and how sure it is. */
export interface PriceResult {
  /** `null`: no price is known. Never 0 for that. */
  readonly nanoUsd: NanoUsd | null;
  readonly breakdown: Partial<Record<TokenKind, NanoUsd>>;
  readonly source: "override" | "catalog" | "provider" | "none";
  /** `alias`: found under a shortened name; `estimated`: the usage or the rate is a guess. */
  readonly confidence: "exact" | "alias" | "estimated" | "unknown";
  /** The name under which the price was found. */
  readonly model: string;
  readonly tier?: ServiceTier;
  /** Since when the rate holds, ISO date, where the source knows. */
  readonly effectiveFrom?: string;
  readonly catalogVersion: string;
}

/** Prices of models. Pure arithmetic over an offline catalogue: no network. */
export interface PriceBook {
  readonly catalogVersion: string;
  /** @throws {UnknownPriceError} only with `unknownPrice: "throw"`. */
  priceOf(query: PriceQuery): PriceResult;
  /** The rates that hold for a model at `at` and `inputTokens` (context tiers); `null` when unknown. Never throws. */
  ratesOf(query: Omit<PriceQuery, "usage"> & { readonly inputTokens?: number }): Rates | null;
  /** Formats an amount in the book's currency. */
  format(amount: NanoUsd | null): string;
}

/** Options of {@link createPriceBook}. */
export interface PriceBookOptions {
  /** Your prices; the last that fits wins, before any catalogue. */
  readonly overrides?: readonly PriceOverride[];
  /** @default the offline catalogue of `@pydantic/genai-prices` */
  readonly catalog?: PriceCatalog | "none";
  /** What an unknown price does: stays `null` and warns once a model, throws, or takes the provider's dearest rates. @default "null" */
  readonly unknownPrice?: "null" | "throw" | "upper-bound";
  /** Factors on the token rates by service tier. @default { batch: 0.5, flex: 0.5, priority: 2 } */
  readonly tierMultipliers?: Readonly<Record<string, number>>;
  /** Display only: `perUsd` units of `code` for a dollar. */
  readonly currency?: { readonly code: string; readonly perUsd: number };
  /** @default systemClock */
  readonly clock?: Pick<Clock, "now">;
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
}

interface Found {
  readonly rates: Rates;
  readonly source: PriceResult["source"];
  readonly confidence: PriceResult["confidence"];
  readonly model: string;
  readonly effectiveFrom?: string | undefined;
}

/** @throws {InvalidOptionError} when an override or a multiplier is not a price. */
export function createPriceBook({
  overrides = [],
  catalog = genaiPricesCatalog(),
  unknownPrice = "null",
  tierMultipliers = {},
  currency,
  clock = systemClock,
  logger,
}: PriceBookOptions = {}): PriceBook {
  for (const override of overrides) validateOverride(override);
  const multipliers: Record<string, number> = { batch: 0.5, flex: 0.5, priority: 2, ...tierMultipliers };
  for (const [tier, factor] of Object.entries(multipliers)) {
    if (!Number.isFinite(factor) || factor < 0) {
      throw new InvalidOptionError(`\`tierMultipliers.${tier}\` is ${factor}. Pass a factor of 0 or more.`);
    }
  }
  if (currency && !(Number.isFinite(currency.perUsd) && currency.perUsd > 0)) {
    throw new InvalidOptionError(`\`currency.perUsd\` is ${currency.perUsd}. Pass how many ${currency.code} a dollar is, above 0.`);
  }
  const source = catalog === "none" ? null : catalog;
  const log = resolveLogger(logger);
  const warned = new Set<string>();
  const catalogVersion = source?.version ?? "none";

  function find({
    model,
    provider,
    tier,
    at = clock.now(),
    inputTokens = 0,
  }: Omit<PriceQuery, "usage"> & { inputTokens?: number }): Found | null {
    for (const list of [overrides, shippedOverrides]) {
      // Without a catalogue the user wants only their own prices.
      if (list === shippedOverrides && !source) continue;
      const hit = findOverride(list, { model, provider, tier, at });
      if (!hit) continue;
      const rates = hit.tier === undefined ? tiered(overrideRates(hit), tier) : { rates: overrideRates(hit), guess: false };
      return {
        rates: rates.rates,
        source: "override",
        confidence: rates.guess ? "estimated" : "exact",
        model,
        effectiveFrom: hit.from,
      };
    }
    const entry = source?.find({ model, provider, at, inputTokens });
    if (!entry) return null;
    const { rates, guess } = tiered(entry.rates, tier);
    return {
      rates,
      source: "catalog",
      confidence: guess ? "estimated" : entry.confidence,
      model: entry.model,
      effectiveFrom: entry.effectiveFrom,
    };
  }

  /** OpenAI's batch and flex are half price; what priority costs differs by model, so its factor is a guess. */
  function tiered(rates: Rates, tier: ServiceTier | undefined): { rates: Rates; guess: boolean } {
    const name = tier === undefined || tier === "standard" ? "default" : tier;
    if (name === "default") return { rates, guess: false };
    const factor = multipliers[name];
    return {
      rates: scaleRates(rates, factor ?? 1),
      guess: factor === undefined || (name === "priority" && !("priority" in tierMultipliers)),
    };
  }

  function warnOnce(model: string, provider: string | undefined): void {
    const key = `${provider ?? ""}/${model}`;
    if (warned.has(key) || warned.size >= 1000) return;
    warned.add(key);
    log?.warn(`No price is known for model "${model}"; its cost is reported as unknown. Pass \`overrides\` to createPriceBook.`, {
      model,
      provider,
    });
  }

  return {
    catalogVersion,
    priceOf(query) {
      const { model, provider, usage, tier } = query;
      let found = find({ model, provider, tier, at: query.at, inputTokens: usage.inputTokens ?? 0 });
      if (!found && unknownPrice === "throw") throw new UnknownPriceError(model, provider);
      if (!found && unknownPrice === "upper-bound") {
        const rates = source?.dearest(provider);
        if (rates) found = { rates, source: "catalog", confidence: "estimated", model };
      }
      if (!found) {
        warnOnce(model, provider);
        return { nanoUsd: null, breakdown: {}, source: "none", confidence: "unknown", model, catalogVersion, ...(tier && { tier }) };
      }
      const { total, breakdown } = applyRates(usage, found.rates);
      return {
        nanoUsd: total,
        breakdown,
        source: found.source,
        confidence: usage.estimated ? "estimated" : found.confidence,
        model: found.model,
        catalogVersion,
        ...(tier !== undefined && { tier }),
        ...(found.effectiveFrom !== undefined && { effectiveFrom: found.effectiveFrom }),
      };
    },
    ratesOf(query) {
      return find(query)?.rates ?? null;
    },
    format(amount) {
      if (!currency || amount === null) return formatUsd(amount);
      const scaled = Math.round(amount * currency.perUsd);
      const text = formatUsd((Number.isSafeInteger(scaled) ? scaled : amount) as NanoUsd);
      return `${text.replace("$", "")} ${currency.code}`;
    },
  };
}
