import { InvalidOptionError } from "./langthrift-error.ts";
import type { Rates, ServiceTier } from "./rates.ts";

/** A price of your own. 0 is a known price: a local or student model. */
export interface PriceOverride {
  /** The exact name, or a pattern. */
  readonly model: string | RegExp;
  readonly provider?: string;
  readonly tier?: ServiceTier;
  /** ISO date from which it holds, included. */
  readonly from?: string;
  /** ISO date until which it holds, excluded. */
  readonly until?: string;
  readonly inputUsdPerMillion: number;
  readonly outputUsdPerMillion: number;
  readonly cacheReadUsdPerMillion?: number;
  readonly cacheWriteUsdPerMillion?: number;
  readonly cacheWrite1hUsdPerMillion?: number;
  readonly inputAudioUsdPerMillion?: number;
  readonly outputAudioUsdPerMillion?: number;
  readonly searchUsd?: number;
}

const rateFields = {
  inputUsdPerMillion: "input",
  outputUsdPerMillion: "output",
  cacheReadUsdPerMillion: "cacheRead",
  cacheWriteUsdPerMillion: "cacheWrite",
  cacheWrite1hUsdPerMillion: "cacheWrite1h",
  inputAudioUsdPerMillion: "inputAudio",
  outputAudioUsdPerMillion: "outputAudio",
  searchUsd: "search",
} as const satisfies Record<string, keyof Rates>;

/** @throws {InvalidOptionError} when a rate or a date of it is out of range. */
export function validateOverride(override: PriceOverride): void {
  const name = String(override.model);
  for (const field of Object.keys(rateFields) as (keyof typeof rateFields)[]) {
    const value = override[field];
    const needed = field === "inputUsdPerMillion" || field === "outputUsdPerMillion";
    if (value === undefined && !needed) continue;
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0 || value > 1e6) {
      throw new InvalidOptionError(`\`${field}\` of the price override for ${name} is ${value}. Pass US dollars, from 0 to 1,000,000.`);
    }
  }
  for (const field of ["from", "until"] as const) {
    const value = override[field];
    if (value !== undefined && Number.isNaN(Date.parse(value))) {
      throw new InvalidOptionError(`\`${field}\` of the price override for ${name} is "${value}". Pass an ISO date such as "2026-01-31".`);
    }
  }
}

/** The last override that fits, or `undefined`. */
export function findOverride(
  overrides: readonly PriceOverride[],
  query: { readonly model: string; readonly provider?: string | undefined; readonly tier?: ServiceTier | undefined; readonly at: number },
): PriceOverride | undefined {
  let best: PriceOverride | undefined;
  for (const override of overrides) {
    if (matches(override, query)) best = override;
  }
  return best;
}

/** The override's rates as integers, nano-dollars for a million tokens. */
export function overrideRates(override: PriceOverride): Rates {
  const rates: Record<string, number> = {};
  for (const [field, kind] of Object.entries(rateFields)) {
    const value = override[field as keyof typeof rateFields];
    if (value !== undefined) rates[kind] = Math.round(value * 1e9);
  }
  return rates as unknown as Rates;
}

function matches(
  override: PriceOverride,
  { model, provider, tier, at }: { model: string; provider?: string | undefined; tier?: ServiceTier | undefined; at: number },
): boolean {
  if (typeof override.model === "string" ? override.model !== model : model.search(override.model) === -1) return false;
  // A provider that the run does not name cannot contradict the override.
  if (override.provider !== undefined && provider !== undefined && override.provider !== provider) return false;
  if (override.tier !== undefined && override.tier !== (tier ?? "default")) return false;
  if (override.from !== undefined && at < Date.parse(override.from)) return false;
  return override.until === undefined || at < Date.parse(override.until);
}
