import type { AnswerSource } from "./answer.ts";
import type { TokenUsage } from "./token-usage.ts";

/** Integers, nano-dollars per 1,000,000 tokens: $0.15 per million is 150_000_000. */
export interface ServedRates {
  readonly input: number;
  /** 0 for an embedding model. */
  readonly output: number;
  /** @default `input` */
  readonly cacheRead?: number;
}

/** A model that the server offers. */
export interface ServedModel {
  readonly id: string;
  /** What the invoice charges; without it the model's requests stay unpriced. */
  readonly rates?: ServedRates;
  /** Rates of other service tiers ("flex", "priority"). @default `rates` for every tier */
  readonly ratesByTier?: Readonly<Record<string, ServedRates>>;
  /** The `model` field of its answers, e.g. a dated snapshot. @default `id` */
  readonly servedAs?: string;
  /** Its answers where no rule and no script applies. @default the default answer */
  readonly reply?: AnswerSource;
  /** A longer request gets 400 "context_length_exceeded". @default no limit */
  readonly contextTokens?: number;
  /** Reasoning tokens added to each answer. @default 0 */
  readonly reasoningTokens?: number;
  /** Embeddings: length of its vectors unless the request names one. @default 256 */
  readonly dimensions?: number;
}

/**
 * Exact cost in nano-dollars, rounded half to even once a call:
 * ((input - cached) * rate_input + cached * rate_cacheRead + output * rate_output) / 1e6
 */
export function costOf(usage: TokenUsage, rates: ServedRates): number {
  const input = BigInt(rates.input);
  const cacheRead = BigInt(rates.cacheRead ?? rates.input);
  const perMillion =
    BigInt(usage.inputTokens - usage.cachedTokens) * input +
    BigInt(usage.cachedTokens) * cacheRead +
    BigInt(usage.outputTokens) * BigInt(rates.output);
  const quotient = perMillion / 1_000_000n;
  const twiceRest = (perMillion % 1_000_000n) * 2n;
  const up = twiceRest > 1_000_000n || (twiceRest === 1_000_000n && quotient % 2n === 1n);
  return Number(up ? quotient + 1n : quotient);
}
