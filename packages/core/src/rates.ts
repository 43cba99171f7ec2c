import { type NanoUsd, roundHalfEven } from "./money.ts";
import type { Usage } from "./usage.ts";

/** `"standard"` is written `"default"`. */
export type ServiceTier = "default" | "flex" | "priority" | "batch" | (string & {});

/** What is billed apart. */
export type TokenKind =
  | "input"
  | "output"
  | "cacheRead"
  | "cacheWrite"
  | "cacheWrite1h"
  | "inputAudio"
  | "outputAudio"
  | "reasoning"
  | "search"
  | "request";

/** Integers: nano-dollars for a million tokens; `search` and `request` are nano-dollars each. A kind that is absent costs what its whole costs. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly cacheWrite1h?: number;
  readonly inputAudio?: number;
  readonly outputAudio?: number;
  /** Only where reasoning has a price of its own. */
  readonly reasoning?: number;
  readonly search?: number;
  /** A fixed price of each request (some search models). */
  readonly request?: number;
}

const MILLION = 1_000_000n;

/**
 * The price of a usage. Every token is billed once: cached, written, audio and reasoning parts at their own rates, the rest at the whole's.
 * Tokens × rate passes 2^53, so the product is exact (BigInt) and rounded half-even once, for the total; the parts are rounded each.
 */
export function applyRates(usage: Usage, rates: Rates): { total: NanoUsd; breakdown: Partial<Record<TokenKind, NanoUsd>> } {
  const write1h = usage.cacheWrite1hTokens ?? 0;
  const write = Math.max(0, (usage.cacheWriteTokens ?? 0) - write1h);
  const read = usage.cacheReadTokens ?? 0;
  const inputRest = Math.max(0, (usage.inputTokens ?? 0) - read - write - write1h);
  // Audio that was read from the cache is billed as read: providers count it in both.
  const inputAudio = rates.inputAudio === undefined ? 0 : Math.min(usage.inputAudioTokens ?? 0, inputRest);
  const output = usage.outputTokens ?? 0;
  const outputAudio = rates.outputAudio === undefined ? 0 : Math.min(usage.outputAudioTokens ?? 0, output);
  const reasoning = rates.reasoning === undefined ? 0 : Math.min(usage.reasoningTokens ?? 0, output - outputAudio);

  const products: [TokenKind, bigint][] = [
    ["input", product(inputRest - inputAudio, rates.input)],
    ["cacheRead", product(read, rates.cacheRead ?? rates.input)],
    ["cacheWrite", product(write, rates.cacheWrite ?? rates.input)],
    ["cacheWrite1h", product(write1h, rates.cacheWrite1h ?? rates.cacheWrite ?? rates.input)],
    ["inputAudio", product(inputAudio, rates.inputAudio ?? rates.input)],
    ["output", product(output - outputAudio - reasoning, rates.output)],
    ["outputAudio", product(outputAudio, rates.outputAudio ?? rates.output)],
    ["reasoning", product(reasoning, rates.reasoning ?? rates.output)],
    ["search", product(usage.webSearches ?? 0, rates.search ?? 0) * MILLION],
    ["request", product(1, rates.request ?? 0) * MILLION],
  ];
  const breakdown: Partial<Record<TokenKind, NanoUsd>> = {};
  let sum = 0n;
  for (const [kind, value] of products) {
    if (value === 0n) continue;
    sum += value;
    breakdown[kind] = Number(roundHalfEven(value, MILLION)) as NanoUsd;
  }
  return { total: Number(roundHalfEven(sum, MILLION)) as NanoUsd, breakdown };
}

/** Scales the token rates, as a service tier does; searches and requests keep their price. */
export function scaleRates(rates: Rates, factor: number): Rates {
  if (factor === 1) return rates;
  const scaled: Record<string, number> = {};
  for (const [kind, rate] of Object.entries(rates) as [TokenKind, number][]) {
    scaled[kind] = kind === "search" || kind === "request" ? rate : Math.round(rate * factor);
  }
  return scaled as unknown as Rates;
}

function product(count: number, rate: number): bigint {
  return BigInt(Math.round(count)) * BigInt(rate);
}
