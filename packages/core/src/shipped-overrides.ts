import type { PriceOverride } from "./price-override.ts";

/**
 * Prices where the catalogue is known to lag behind the providers' own price lists. Dated, so that older calls keep their older price;
 * the user's overrides come first.
 */
export const shippedOverrides: readonly PriceOverride[] = [
  // DeepSeek V3.2: one price for chat and reasoner, day and night.
  {
    model: /^deepseek-(chat|reasoner)$/,
    from: "2025-09-29",
    inputUsdPerMillion: 0.28,
    cacheReadUsdPerMillion: 0.028,
    outputUsdPerMillion: 0.42,
  },
  { model: /^mistral-large-(latest|2512)$/, from: "2025-12-02", inputUsdPerMillion: 0.5, outputUsdPerMillion: 1.5 },
  { model: /^mistral-medium-(latest|2505|2508)$/, from: "2025-05-07", inputUsdPerMillion: 0.4, outputUsdPerMillion: 2 },
  { model: /^mistral-small-(latest|2506)$/, from: "2025-06-20", inputUsdPerMillion: 0.1, outputUsdPerMillion: 0.3 },
  // The catalogue has only the text rates of these two.
  {
    model: /^gpt-4o-audio-preview(-2024-12-17|-2025-06-03)?$/,
    inputUsdPerMillion: 2.5,
    outputUsdPerMillion: 10,
    inputAudioUsdPerMillion: 40,
    outputAudioUsdPerMillion: 80,
  },
  {
    model: /^gpt-4o-mini-audio-preview(-2024-12-17)?$/,
    inputUsdPerMillion: 0.15,
    outputUsdPerMillion: 0.6,
    inputAudioUsdPerMillion: 10,
    outputAudioUsdPerMillion: 20,
  },
  // Runs in the process of the caller: known to cost nothing, which is not the same as unknown.
  { model: /^all-MiniLM-L6-v2$/, inputUsdPerMillion: 0, outputUsdPerMillion: 0 },
];
