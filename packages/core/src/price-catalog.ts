import { calcPrice, findProvider } from "@pydantic/genai-prices";
import { catalogProvider } from "./catalog-provider.ts";
import type { Rates } from "./rates.ts";

/** Where a price book looks when no override fits. */
export interface PriceCatalog {
  /** Recorded with every price, because a pinned catalogue goes stale. */
  readonly version: string;
  /** The rates at the query's time; `null` for a model that is not there. Never throws. */
  find(query: CatalogQuery): CatalogEntry | null;
  /** The highest rate of each kind among a provider's models; `null` when the provider is unknown too. */
  dearest(provider: string | undefined): Rates | null;
}

/** What to look for in a catalogue. */
export interface CatalogQuery {
  readonly model: string;
  readonly provider?: string | undefined;
  /** ms since epoch. */
  readonly at: number;
  /** Picks the context tier. */
  readonly inputTokens: number;
}

/** A model's rates as a catalogue has them. */
export interface CatalogEntry {
  readonly rates: Rates;
  readonly confidence: "exact" | "alias" | "estimated";
  readonly model: string;
  readonly effectiveFrom?: string | undefined;
}

type ModelPrice = NonNullable<ReturnType<typeof calcPrice>>["model_price"];

const rateKeys = {
  input_mtok: "input",
  output_mtok: "output",
  cache_read_mtok: "cacheRead",
  cache_write_mtok: "cacheWrite",
  cache_write_1h_mtok: "cacheWrite1h",
  input_audio_mtok: "inputAudio",
  output_audio_mtok: "outputAudio",
  output_reasoning_mtok: "reasoning",
} as const satisfies Record<string, keyof Rates>;

const MAX_REMEMBERED = 2000;

/** The offline catalogue of `@pydantic/genai-prices` (MIT): dated prices and context tiers of some 36 providers. */
export function genaiPricesCatalog(): PriceCatalog {
  // A look-up walks match rules for microseconds; the same few models are asked for again and again.
  const remembered = new Map<string, { readonly price: ModelPrice; readonly entry: Omit<CatalogEntry, "rates"> } | null>();

  function locate(model: string, provider: string | undefined, at: number) {
    const day = Math.floor(at / 3_600_000);
    const key = `${provider ?? ""}\n${model}\n${day}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    const found = search(model, provider, at);
    remembered.set(key, found);
    return found;
  }

  return {
    version: "genai-prices@0.1.8",
    find({ model, provider, at, inputTokens }) {
      const found = locate(model, provider, at);
      return found ? { ...found.entry, rates: ratesAt(found.price, inputTokens) } : null;
    },
    dearest(provider) {
      const ids = provider === undefined ? ["openai", "anthropic", "google"] : [catalogProvider(provider)];
      let dearest: Rates | null = null;
      for (const id of ids) {
        for (const model of findProvider({ providerId: id })?.models ?? []) {
          const prices = Array.isArray(model.prices) ? model.prices.map((price) => price.prices) : [model.prices];
          for (const price of prices) dearest = maxRates(dearest, ratesAt(price, Number.MAX_SAFE_INTEGER));
        }
      }
      return dearest;
    },
  };
}

function search(model: string, provider: string | undefined, at: number) {
  for (const candidate of nameCandidates(model, provider)) {
    const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, candidate.name, {
      ...(candidate.provider !== undefined && { providerId: candidate.provider }),
      timestamp: new Date(at),
    });
    if (!found) continue;
    const dated = Array.isArray(found.model.prices) ? found.model.prices.find((price) => price.prices === found.model_price) : undefined;
    const effectiveFrom = dated?.constraint?.type === "start_date" ? dated.constraint.start_date : undefined;
    return { price: found.model_price, entry: { model: candidate.name, confidence: candidate.confidence, effectiveFrom } };
  }
  return null;
}

/** The names to try, best first: as given, without a routing prefix, without a date or version suffix, the base of a fine-tune. */
function nameCandidates(model: string, provider: string | undefined) {
  const id = provider === undefined ? undefined : catalogProvider(provider);
  const inferred = /^text-embedding-|^omni-|^dall-e|^o\d/.test(model)
    ? "openai"
    : /^(?:[a-z]{2,6}\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek)\./.test(model)
      ? "aws"
      : undefined;
  const candidates: { name: string; provider: string | undefined; confidence: CatalogEntry["confidence"] }[] = [];
  const add = (name: string, confidence: CatalogEntry["confidence"]) => {
    candidates.push({ name, provider: id ?? inferred, confidence });
    // A compatible server reports the client's provider, not the model's.
    if (id !== undefined) candidates.push({ name, provider: inferred, confidence: confidence === "exact" ? "alias" : confidence });
  };
  add(model, "exact");
  const bare = model.replace(
    /^(?:models|publishers\/[^/]+\/models|accounts\/[^/]+\/models|openai|anthropic|google|mistralai|deepseek)\//,
    "",
  );
  if (bare !== model) add(bare, "alias");
  const undated = bare.replace(/[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|\d{4}|latest|preview|v\d+(?::\d+)?)$/, "");
  if (undated !== bare) add(undated, "alias");
  const tuned = /^ft:([^:]+)/.exec(bare)?.[1];
  if (tuned) {
    add(tuned, "estimated");
    add(tuned.replace(/-\d{4}-\d{2}-\d{2}$/, ""), "estimated");
  }
  return candidates;
}

function ratesAt(price: ModelPrice, inputTokens: number): Rates {
  const rates: Record<string, number> = { input: 0, output: 0 };
  for (const [key, kind] of Object.entries(rateKeys)) {
    const value = tierValue(price[key], inputTokens);
    if (value !== undefined) rates[kind] = Math.round(value * 1e9);
  }
  const search = tierValue(price["web_searches_kcount"], inputTokens);
  if (search !== undefined) rates["search"] = Math.round(search * 1e6);
  const request = tierValue(price["requests_kcount"], inputTokens);
  if (request !== undefined) rates["request"] = Math.round(request * 1e6);
  return rates as unknown as Rates;
}

/** Tiers are cliffs: above `start` input tokens the whole call costs the tier's rate. */
function tierValue(value: ModelPrice[string], inputTokens: number): number | undefined {
  if (value === undefined || typeof value === "number") return value;
  let price = value.base;
  for (const tier of value.tiers) if (inputTokens > tier.start) price = tier.price;
  return price;
}

function maxRates(a: Rates | null, b: Rates): Rates {
  if (!a) return b;
  const merged: Record<string, number> = { ...a };
  for (const [kind, rate] of Object.entries(b) as [string, number][]) merged[kind] = Math.max(merged[kind] ?? 0, rate);
  return merged as unknown as Rates;
}
