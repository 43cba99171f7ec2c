import { type NanoUsd, type PriceBook, UnknownPriceError } from "@langthrift/core";
import type { BudgetRequest } from "./budget-keeper.ts";
import type { ResolvedBudget } from "./budget-options.ts";
import type { OutputHistory } from "./output-history.ts";

/** What a call may cost, before it is made. */
export interface CallEstimate {
  /** To reserve: prompt and expected output. */
  readonly amount: NanoUsd;
  /** The prompt's part. */
  readonly prompt: NanoUsd;
  /** Charged when the call is never heard of again. */
  readonly floor: NanoUsd;
  /** Nano-dollars. */
  readonly perOutputToken: number;
}

export interface CallEstimateContext {
  readonly prices: PriceBook;
  /** Prices of unknown models at the dearest rates of their provider. */
  readonly upperBound: PriceBook;
  readonly history: OutputHistory;
  /** ms since epoch */
  readonly at: number;
}

/** Expected of a model and feature that has not answered yet, in tokens. */
const UNKNOWN_OUTPUT = 1_024;
/** Reserved by `"max"` for a call without a maximum of its own: more than any model writes in one answer. */
const UNKNOWN_MAXIMUM = 128_000;

/**
 * @returns `undefined` when there is nothing to reserve for: the price is unknown, and the budget lets that pass.
 * @throws {UnknownPriceError} when the price is unknown and a hard budget refuses that.
 */
export function estimateCall(
  budget: ResolvedBudget,
  request: BudgetRequest,
  { prices, upperBound, history, at }: CallEstimateContext,
): CallEstimate | undefined {
  const { model, provider, tier, inputTokens } = request;
  const outputTokens = expectedOutput(budget, request, history);
  const price = (tokens: number, book: PriceBook, of: string | undefined): NanoUsd | null => {
    try {
      return book.priceOf({ model, provider: of, tier, at, usage: { inputTokens, outputTokens: tokens } }).nanoUsd;
    } catch {
      return null;
    }
  };
  const withParts = (amount: NanoUsd, book: PriceBook, of: string | undefined): CallEstimate => {
    const prompt = price(0, book, of) ?? (0 as NanoUsd);
    // A strict budget gives nothing back on a guess: a lease that runs out while its call goes on would be granted twice.
    const floor = budget.reserveOutput === "max" ? amount : prompt;
    return { amount, prompt, floor, perOutputToken: outputTokens > 0 ? (amount - prompt) / outputTokens : 0 };
  };

  const known = price(outputTokens, prices, provider);
  if (known !== null) return withParts(known, prices, provider);
  if (budget.onUnknownPrice === "allow") return undefined;
  if (budget.onUnknownPrice === "refuse") {
    if (budget.hard) throw new UnknownPriceError(model, provider);
    return undefined;
  }
  // Where the provider is unknown too: the dearest of the three large ones.
  for (const of of [provider, undefined]) {
    const amount = price(outputTokens, upperBound, of);
    if (amount !== null) return withParts(amount, upperBound, of);
  }
  return undefined;
}

/** By what the history of outputs is kept. */
export function outputHistoryKey({ model, feature }: BudgetRequest): string {
  return `${model}\n${feature ?? ""}`;
}

function expectedOutput({ reserveOutput }: ResolvedBudget, request: BudgetRequest, history: OutputHistory): number {
  const { maxOutputTokens = Number.POSITIVE_INFINITY } = request;
  const expected =
    reserveOutput === "p95"
      ? (history.p95(outputHistoryKey(request)) ?? UNKNOWN_OUTPUT)
      : reserveOutput === "max"
        ? maxOutputTokens
        : reserveOutput;
  const bounded = Math.min(expected, maxOutputTokens);
  return Number.isFinite(bounded) ? bounded : UNKNOWN_MAXIMUM;
}
