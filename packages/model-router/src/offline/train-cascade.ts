import { InvalidOptionError } from "@langthrift/core";
import type { QualityScorer } from "../cascade/quality-scorer.ts";
import { answerFeatures } from "./answer-features.ts";
import { decodeFloats, encodeFloats } from "./binary-text.ts";
import { fitHashedTfidf, type HashedTfidfState, loadHashedTfidf } from "./hashed-tfidf.ts";
import { fitRidge } from "./ridge.ts";
import type { RouterRow } from "./router-row.ts";
import { dotDense, type SparseVector, withTail } from "./sparse-vector.ts";

/** A trained judge of one model's drafts, as versioned JSON. Holds no text. */
export interface CascadeArtifact {
  readonly version: 1;
  readonly weak: string;
  readonly strong: string;
  readonly markup: boolean;
  readonly rows: number;
  readonly vectorizer: HashedTfidfState;
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** Of the strong model's gain, then of the weak one's score. */
  readonly weights: readonly string[];
  readonly intercepts: readonly number[];
}

/** Options of {@link trainCascade}. */
export interface TrainCascadeOptions {
  /** Name of the model that drafts, as in the rows. */
  readonly weak: string;
  /** Name of the final model, as in the rows. */
  readonly strong: string;
  /** Read `<<…>>` and `####` in answers, as GSM8K has them. @default true */
  readonly markup?: boolean;
}

/** What a draft is worth: the strong model's expected gain over it, and the draft's own expected score. */
export interface DraftPrediction {
  readonly gain: number;
  readonly score: number;
}

const SCALE = Math.sqrt(0.6 / 20);

/** Learns from rows with the weak model's `responses` when its answers are not good enough. @throws {InvalidOptionError} with too few of them. */
export function trainCascade(rows: readonly RouterRow[], { weak, strong, markup = true }: TrainCascadeOptions): CascadeArtifact {
  const usable = rows.filter(
    ({ responses, scores }) => responses?.[weak] !== undefined && scores[weak] !== undefined && scores[strong] !== undefined,
  );
  if (usable.length < 20)
    throw new InvalidOptionError(`${usable.length} rows have an answer of "${weak}" and scores of both models; 20 or more are needed.`);
  const texts = usable.map(({ prompt, responses }) => textOf(prompt, responses![weak]!));
  const vectorizer = fitHashedTfidf(texts);
  const surface = usable.map(({ prompt, responses }) => answerFeatures(prompt, responses![weak]!, { markup }));
  const width = surface[0]!.length;
  const means = Array.from({ length: width }, (_, at) => surface.reduce((sum, row) => sum + row[at]!, 0) / surface.length);
  const deviations = means.map(
    (mean, at) => Math.sqrt(surface.reduce((sum, row) => sum + (row[at]! - mean) ** 2, 0) / surface.length) || 1,
  );
  const vectors = usable.map((_, row) =>
    vectorOf(vectorizer.transform(texts[row]!), vectorizer.dimensions, surface[row]!, means, deviations),
  );
  const targets = usable.map(({ scores }) => [scores[strong]! - scores[weak]!, scores[weak]!]);
  const { weights, intercepts } = fitRidge(vectors, targets, vectorizer.dimensions + width);
  return {
    version: 1,
    weak,
    strong,
    markup,
    rows: usable.length,
    vectorizer: vectorizer.toJSON(),
    means,
    deviations,
    weights: weights.map(encodeFloats),
    intercepts,
  };
}

/** @throws {InvalidOptionError} when the artefact is of another version or damaged. */
export function loadCascade(artifact: CascadeArtifact): (question: string, answer: string) => DraftPrediction {
  if (artifact.version !== 1)
    throw new InvalidOptionError(`The cascade artefact has version ${String(artifact.version)}; this package reads version 1.`);
  const vectorizer = loadHashedTfidf(artifact.vectorizer);
  const weights = artifact.weights.map(decodeFloats);
  const { means, deviations, markup, intercepts } = artifact;
  return (question, answer) => {
    const vector = vectorOf(
      vectorizer.transform(textOf(question, answer)),
      vectorizer.dimensions,
      answerFeatures(question, answer, { markup }),
      means,
      deviations,
    );
    const [gain, score] = weights.map((own, target) => dotDense(vector, own) + intercepts[target]!);
    return { gain: gain!, score: score! };
  };
}

/**
 * A scorer for cascades: 1 where the strong model has nothing to gain on the draft, 0 where it surely would. @throws {InvalidOptionError}
 * when the artefact is not one of this version.
 */
export function trainedScorer(artifact: CascadeArtifact): QualityScorer {
  const predict = loadCascade(artifact);
  return {
    name: "trained",
    score({ task, text }) {
      if (text === "") return null;
      const { gain, score } = predict(task, text);
      return {
        score: Math.min(1, Math.max(0, 1 - gain)),
        evidence: { gain: Math.round(gain * 1000) / 1000, expected: Math.round(score * 1000) / 1000 },
      };
    },
  };
}

function textOf(question: string, answer: string): string {
  return `${question}\n${answer.replace(/<<[^<>]*>>/g, "").replace(/####/g, "")}`;
}

function vectorOf(
  vector: SparseVector,
  dimensions: number,
  surface: readonly number[],
  means: readonly number[],
  deviations: readonly number[],
): SparseVector {
  const scaled = surface.map((value, at) => Math.max(-4, Math.min(4, (value - means[at]!) / deviations[at]!)));
  return withTail(vector, dimensions, scaled, SCALE);
}
