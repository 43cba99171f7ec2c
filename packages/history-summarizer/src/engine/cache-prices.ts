import { InvalidOptionError, type Rates } from "@langthrift/core";

/** What the provider's prompt cache costs, as multiples of the uncached input price. */
export interface CachePrices {
  /** A cached token read. Anthropic 0.1, OpenAI 0.1 to 0.5. */
  readonly read: number;
  /** A token written to the cache. Anthropic 1.25 (five minutes) or 2 (an hour), OpenAI 1. */
  readonly write: number;
  /** Prompts below it are not cached. @default 1024 */
  readonly minimumTokens?: number;
  /** How long an unused prefix stays, in ms. @default 300_000 */
  readonly ttlMs?: number;
}

/** `auto`: from the price book's rates of the main model. `none`: no prompt cache. */
export type CacheOption = "auto" | "none" | CachePrices;

/** The prompt cache's prices, as multiples of the uncached input price, with all defaults filled in. */
export interface ResolvedCache {
  readonly read: number;
  readonly write: number;
  readonly minimumTokens: number;
  readonly ttlMs: number;
}

const MINIMUM_TOKENS = 1024;
const TTL_MS = 300_000;

/** No cache is read 1, write 1: then the formulas of the cached case hold too. */
export const uncached: ResolvedCache = { read: 1, write: 1, minimumTokens: 0, ttlMs: 0 };

/** Fills in the defaults of `option`; `auto` needs the model's `rates`, and is no cache without them. */
export function resolveCache(option: CacheOption, rates: Rates | null): ResolvedCache {
  if (option === "none") return uncached;
  if (option !== "auto") {
    return { read: option.read, write: option.write, minimumTokens: option.minimumTokens ?? MINIMUM_TOKENS, ttlMs: option.ttlMs ?? TTL_MS };
  }
  // Without a read price the provider sells no cached reads.
  if (!rates || rates.cacheRead === undefined || rates.input <= 0) return uncached;
  return {
    read: Math.min(1, rates.cacheRead / rates.input),
    write: (rates.cacheWrite ?? rates.input) / rates.input,
    minimumTokens: MINIMUM_TOKENS,
    ttlMs: TTL_MS,
  };
}

/** @throws {InvalidOptionError} when a price is no price. */
export function validateCacheOption(option: CacheOption): void {
  if (option === "auto" || option === "none") return;
  for (const field of ["read", "write", "minimumTokens", "ttlMs"] as const) {
    const value = option[field];
    if (value !== undefined && (!Number.isFinite(value) || value < 0)) {
      throw new InvalidOptionError(`\`payback.cache.${field}\` is ${value}. Pass a number of at least 0.`);
    }
  }
}
