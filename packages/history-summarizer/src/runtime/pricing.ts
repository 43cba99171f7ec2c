import type { BaseMessage } from "@langchain/core/messages";
import { applyRates, type Clock, type NanoUsd, type PriceBook, type Rates, type Usage } from "@langthrift/core";
import { type ResolvedCache, resolveCache, uncached } from "../engine/cache-prices.ts";
import type { HistoryCall } from "../history-summarizer.ts";
import type { HistorySummarizerOptions } from "../history-summarizer-options.ts";
import type { Summarizer } from "../summarizers/summarizer.ts";

/** What the main model costs on one call. */
export interface MainPrices {
  /** `null`: the model or its price is unknown. */
  readonly rates: Rates | null;
  readonly cache: ResolvedCache;
  readonly model: string | undefined;
  readonly provider: string | undefined;
}

export interface PricingOptions extends Pick<HistorySummarizerOptions, "payback" | "mainModel" | "mainProvider"> {
  readonly prices: PriceBook;
  readonly clock: Pick<Clock, "now">;
}

/** Prices of the main model, its prompt cache and the summarisers. Never throws. */
export class Pricing {
  readonly #options: PricingOptions;

  constructor(options: PricingOptions) {
    this.#options = options;
  }

  main(call: HistoryCall, inputTokens: number): MainPrices {
    const { payback = {}, mainModel, mainProvider, prices, clock } = this.#options;
    const model = call.model ?? mainModel ?? lastModelOf(call.messages);
    const provider = call.provider ?? mainProvider;
    const rates = model === undefined ? null : prices.ratesOf({ model, provider, at: clock.now(), inputTokens });
    const option = payback === false ? "auto" : (payback.cache ?? "auto");
    return { rates, cache: rates || option !== "auto" ? resolveCache(option, rates) : uncached, model, provider };
  }

  /** Whether the provider has dropped the session's prompt by now; unknown counts as no. */
  isCold(call: HistoryCall, lastCallAt: number | undefined): boolean {
    const last = Math.max(call.lastCallAt ?? 0, lastCallAt ?? 0);
    if (last === 0) return false;
    const { cache } = this.main(call, 0);
    return cache.minimumTokens > 0 && this.#options.clock.now() - last > cache.ttlMs;
  }

  ratesOf({ rates, model, provider }: Summarizer): Pick<Rates, "input" | "output"> | null {
    return rates ?? this.#options.prices.ratesOf({ model, provider, at: this.#options.clock.now() });
  }

  costOf({ rates, model, provider }: Summarizer, usage: Usage): NanoUsd | null {
    if (rates) return applyRates(usage, rates).total;
    try {
      return this.#options.prices.priceOf({ model, provider, usage }).nanoUsd;
    } catch {
      return null;
    }
  }
}

/** The model that gave the last answer, as it named itself. */
function lastModelOf(messages: readonly BaseMessage[]): string | undefined {
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index] as BaseMessage;
    if (message.getType() !== "ai") continue;
    const { model_name: name, model } = message.response_metadata as Record<string, unknown>;
    for (const found of [name, model]) if (typeof found === "string" && found !== "") return found;
  }
  return undefined;
}
