import type { QualityScorer } from "./quality-scorer.ts";

/** Options of {@link logprobScorer}. */
export interface LogprobScorerOptions {
  /** How the tokens' probabilities become one score: their geometric mean, the smallest, or a low quantile. @default "mean" */
  readonly measure?: "mean" | "min" | "quantile";
  /** For `"quantile"`. @default 0.1 */
  readonly quantile?: number;
}

/**
 * How sure the model was of its own words. Needs a candidate **constructed** with `logprobs: true`: ChatOpenAI ignores it in call options and in
 * `withConfig`. Without log-probabilities it cannot judge, and the cascade escalates.
 */
export function logprobScorer({ measure = "mean", quantile = 0.1 }: LogprobScorerOptions = {}): QualityScorer {
  return {
    name: `logprob-${measure}`,
    score({ message }) {
      const values = readLogprobs(message.response_metadata);
      if (values.length === 0) return null;
      const sorted = [...values].sort((a, b) => a - b);
      const low = sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))]!;
      const chosen =
        measure === "mean" ? values.reduce((sum, value) => sum + value, 0) / values.length : measure === "min" ? sorted[0]! : low;
      return { score: Math.min(1, Math.exp(chosen)), evidence: { tokens: values.length } };
    },
  };
}

function readLogprobs(metadata: unknown): number[] {
  const content = (metadata as { logprobs?: { content?: unknown } | null } | undefined)?.logprobs?.content;
  if (!Array.isArray(content)) return [];
  return content.flatMap((token: unknown) => {
    const value = (token as { logprob?: unknown } | null)?.logprob;
    return typeof value === "number" && Number.isFinite(value) ? [value] : [];
  });
}
