import {
  type Clock,
  createPriceBook,
  dispatchSavings,
  type DispatchTarget,
  type NanoUsd,
  type PriceBook,
  type SavingsEvent,
  systemClock,
  type Usage,
} from "@langthrift/core";
import { randomUUID } from "node:crypto";

export interface SavingsOptions {
  /** @default createPriceBook() */
  readonly prices?: PriceBook;
  readonly onEvent?: (event: SavingsEvent) => void;
  readonly clock?: Clock;
  readonly newId?: () => string;
}

export interface SavedByCompression {
  readonly savedTokens: number;
  /** Of these, tokens that were sent before: they would have been read from the provider's cache, so only that price was avoided. */
  readonly savedCachedTokens: number;
  readonly compressor: string;
  readonly changedMessages: number;
  readonly model?: string | undefined;
  readonly latencyMs: number;
}

/** Sends what one request has less. Without a known model the price is `null`; the ledger prices it where it knows the model. */
export async function reportSaving(
  saved: SavedByCompression,
  options: SavingsOptions,
  target: Omit<DispatchTarget, "onEvent">,
): Promise<void> {
  const { savedTokens, savedCachedTokens, compressor, changedMessages, model, latencyMs } = saved;
  if (savedTokens <= 0) return;
  const { clock = systemClock, newId = randomUUID, onEvent } = options;
  const usage: Usage = { inputTokens: savedTokens, ...(savedCachedTokens > 0 && { cacheReadTokens: savedCachedTokens }), estimated: true };
  let nanoUsd: NanoUsd | null = null;
  if (model !== undefined) nanoUsd = (options.prices ?? defaultPrices()).priceOf({ model, usage, at: clock.now() }).nanoUsd;
  const id = newId();
  const event: SavingsEvent = {
    version: 1,
    id,
    decisionId: id,
    strategy: "prompt-compressor",
    kind: "avoided",
    reason: "compressed",
    at: clock.now(),
    usage,
    ...(model !== undefined && { model }),
    nanoUsd,
    latencyMs,
    details: { compressor, changedMessages, savedTokens, savedCachedTokens },
  };
  await dispatchSavings(event, { ...target, ...(onEvent && { onEvent }) });
}

let shared: PriceBook | undefined;

/** The catalogue is read once for all. */
function defaultPrices(): PriceBook {
  shared ??= createPriceBook({ logger: false });
  return shared;
}

/** The name that a chat model sends to its provider, under the names that LangChain's integrations use. */
export function modelNameOf(model: unknown): string | undefined {
  const fields = (model ?? {}) as Readonly<Record<string, unknown>>;
  return ["model", "modelName", "modelId"]
    .map((field) => fields[field])
    .find((value): value is string => typeof value === "string" && value !== "");
}
