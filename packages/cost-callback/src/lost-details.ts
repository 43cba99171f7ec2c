import type { BaseMessage } from "@langchain/core/messages";
import type { PriceBook, Rates, RunModel, Usage } from "@langthrift/core";
import type { EstimateReason } from "./estimate-reason.ts";
import type { LlmState } from "./run-node.ts";
import { recordOf, textOf } from "./unknown-record.ts";

export interface AnsweredCall {
  readonly state: LlmState;
  readonly model: RunModel;
  readonly message: BaseMessage | undefined;
  readonly usage: Usage;
  readonly prices: PriceBook;
  /** ms since epoch */
  readonly at: number;
}

/**
 * Whose clients drop how many input tokens came from the provider's prompt cache. Mistral bills those at a tenth for all models, which the
 * price list does not know of all; at Groq it depends on the model.
 *
 * @see https://docs.mistral.ai/studio-api/conversations/advanced/prompt-caching
 * @see https://console.groq.com/docs/prompt-caching
 */
const dropsCacheReads: Readonly<Record<string, "every model" | "models with a rate">> = {
  mistral: "every model",
  groq: "models with a rate",
};

/** Details without which a price is a guess, because a part of the tokens may have a rate of its own: what the client dropped. */
export function lostDetails({ state, model, message, usage, prices, at }: AnsweredCall): EstimateReason[] {
  const reasons: EstimateReason[] = [];
  const rates = lazily(() => ratesOf(model, usage, prices, at));
  if (usage.cacheReadTokens === undefined && mayHideCacheReads(model, message, usage, rates)) reasons.push("cache-reads-not-reported");
  if (mayHideAudio(state, message, usage, rates)) reasons.push("audio-tokens-not-reported");
  return reasons;
}

type LazyRates = () => Rates | null;

function mayHideCacheReads({ provider }: RunModel, message: BaseMessage | undefined, usage: Usage, rates: LazyRates): boolean {
  const drops = dropsCacheReads[provider ?? ""];
  if (drops === undefined || (usage.inputTokens ?? 0) === 0) return false;
  // Where Groq's own usage is on the answer, what is not in there was not cached.
  const response = recordOf(message?.response_metadata);
  const raw = [response?.["usage"], recordOf(response?.["x_groq"])?.["usage"]].map(recordOf);
  if (raw.some((own) => own?.["prompt_tokens"] !== undefined)) return false;
  if (drops === "every model") return true;
  const known = rates();
  return known?.cacheRead !== undefined && known.cacheRead !== known.input;
}

/** Audio that was sent or received, none in the usage, and a rate of its own for it. */
function mayHideAudio({ messages }: LlmState, message: BaseMessage | undefined, usage: Usage, rates: LazyRates): boolean {
  const input = usage.inputAudioTokens === undefined && messages.some(hasAudio);
  const output = usage.outputAudioTokens === undefined && message !== undefined && hasAudio(message);
  if (!input && !output) return false;
  const known = rates();
  if (!known) return false;
  return (
    (input && known.inputAudio !== undefined && known.inputAudio !== known.input) ||
    (output && known.outputAudio !== undefined && known.outputAudio !== known.output)
  );
}

function hasAudio({ content }: BaseMessage): boolean {
  return Array.isArray(content) && (content as unknown[]).some(isAudio);
}

/** LangChain's own blocks (`audio`), OpenAI's (`input_audio`), and Google's (`media`, `inlineData`), which name a media type. */
function isAudio(block: unknown): boolean {
  const record = recordOf(block);
  if (record === undefined) return false;
  if (record["type"] === "audio" || record["type"] === "input_audio" || record["type"] === "audio_url") return true;
  const inline = recordOf(record["inlineData"]) ?? recordOf(record["inline_data"]);
  return [record, inline].some((holder) =>
    [holder?.["mimeType"], holder?.["mime_type"]].some((type) => textOf(type)?.startsWith("audio/") === true),
  );
}

function ratesOf({ served, requested, provider, tier }: RunModel, { inputTokens }: Usage, prices: PriceBook, at: number): Rates | null {
  for (const name of [served, requested]) {
    const rates =
      name === undefined ? null : prices.ratesOf({ model: name, provider, tier, at, ...(inputTokens !== undefined && { inputTokens }) });
    if (rates) return rates;
  }
  return null;
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
