import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { type Clock, InvalidOptionError, systemClock } from "@langthrift/core";
import type { Guard } from "../guards/guard.ts";
import type { Agreement, HitPolicy } from "./hit-policy.ts";
import { clopperPearson } from "./intervals.ts";

/** Two questions of your own log, and whether one answer serves both. */
export interface CalibrationPair {
  readonly question: string;
  readonly cachedQuestion: string;
  readonly same: boolean;
  /** @default "few" */
  readonly agreement?: Agreement;
}

/** Options of {@link calibrate}. */
export interface CalibrateOptions {
  /** Those of the cache: thresholds do not transfer. */
  readonly embeddings: EmbeddingsInterface;
  /** Those of the cache: pairs that they refuse are left out. @default none */
  readonly guards?: readonly Guard[];
  /** @default systemClock */
  readonly clock?: Pick<Clock, "now">;
}

/** What the pairs taught. */
export interface Calibration {
  /** Pairs that taught the policy. */
  readonly used: number;
  /** Pairs that a guard refuses. */
  readonly refused: number;
  /** Similarity and verdict of the used pairs, most similar first. */
  readonly points: readonly { readonly similarity: number; readonly same: boolean }[];
  /**
   * The lowest cosine from which on wrong pairs stay under the rate (95 %, one-sided upper bound): a `minSimilarity` for `thresholdPolicy`.
   * `null` when these pairs cannot show it: 59 right ones without a wrong one show 5 %, 149 show 2 %, 299 show 1 %.
   */
  minSimilarityFor(maxWrongRate: number): number | null;
}

/**
 * Teaches a policy from judged pairs before any traffic. They are the starting point of every partition until it has learned from its
 * own; draw them from the traffic, as the nearest earlier question of each, else they teach another mix.
 */
export async function calibrate(
  policy: HitPolicy,
  pairs: readonly CalibrationPair[],
  { embeddings, guards = [], clock = systemClock }: CalibrateOptions,
): Promise<Calibration> {
  const texts = [...new Set(pairs.flatMap(({ question, cachedQuestion }) => [question, cachedQuestion]))];
  const vectors = await embeddings.embedDocuments(texts);
  const vectorOf = new Map(texts.map((text, index) => [text, unit(vectors[index] ?? [])]));
  const points: { similarity: number; same: boolean }[] = [];
  let refused = 0;
  for (const { question, cachedQuestion, same, agreement = "few" } of pairs) {
    const similarity = dot(vectorOf.get(question) ?? [], vectorOf.get(cachedQuestion) ?? []);
    if (guards.some((guard) => guard.check(question, cachedQuestion, { similarity }) !== null)) {
      refused += 1;
      continue;
    }
    points.push({ similarity, same });
    policy.observe({
      partition: "",
      family: "",
      entryId: cachedQuestion,
      similarity,
      agreement,
      correct: same,
      source: "calibration",
      at: clock.now(),
    });
  }
  points.sort((a, b) => b.similarity - a.similarity);
  return {
    used: points.length,
    refused,
    points,
    minSimilarityFor(maxWrongRate) {
      if (!(maxWrongRate > 0 && maxWrongRate < 1))
        throw new InvalidOptionError(`\`maxWrongRate\` is ${maxWrongRate}. Pass a share between 0 and 1.`);
      let wrong = 0;
      let lowest: number | null = null;
      for (const [index, { similarity, same }] of points.entries()) {
        if (!same) wrong += 1;
        // Equal similarities stand or fall together.
        if (points[index + 1]?.similarity === similarity) continue;
        if (clopperPearson(wrong, index + 1, 0.9).upper <= maxWrongRate) lowest = similarity;
      }
      return lowest;
    },
  };
}

function unit(values: readonly number[]): number[] {
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => value / norm);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
