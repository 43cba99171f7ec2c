import type { HashedTfidfState } from "./hashed-tfidf.ts";

/** `ensemble` is the mean of `linear` and `knn`. */
export type RouterKind = "linear" | "knn" | "cluster" | "ensemble";

/** What a router expects of each model for a request. */
export interface RouterPrediction {
  /** Expected score, about 0 to 1. */
  readonly quality: Readonly<Record<string, number>>;
  /** Expected US dollars; absent when the rows had no costs. */
  readonly costUsd?: Readonly<Record<string, number>>;
  /** The text is unlike those that were learnt from: policies abstain. */
  readonly unfamiliar?: boolean;
}

/** A trained router as versioned JSON. Holds hashes of words, no text. */
export interface RouterArtifact {
  readonly version: 2;
  readonly kind: RouterKind;
  /** Weakest first, by mean score. */
  readonly models: readonly string[];
  readonly rows: number;
  readonly seed: number;
  readonly meanScores: Readonly<Record<string, number>>;
  readonly meanCostUsd?: Readonly<Record<string, number>>;
  /** SHA-256 of the rows' prompts, scores and costs. */
  readonly dataHash: string;
  /** SHA-256 of everything that turns a text into numbers; checked on load. */
  readonly vectorizerHash: string;
  /** Day of the prices behind `costUsd`, as `YYYY-MM-DD`, where it was given. */
  readonly pricedAt?: string;
  readonly features: FeatureScale;
  readonly coverage: CoverageState;
  /** Present when embeddings are part of what the router reads. */
  readonly embedding?: EmbeddingState;
  /** Coefficients of cost / mean cost on the surface features, by model. */
  readonly cost?: readonly (readonly number[])[];
  readonly linear?: LinearState;
  readonly knn?: KnnState;
  readonly cluster?: ClusterState;
  readonly calibration?: RouterCalibration;
}

/** Mean and deviation of each surface feature. */
export interface FeatureScale {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

export interface LinearState {
  /** Absent when embeddings are read instead of words. */
  readonly vectorizer?: HashedTfidfState;
  readonly intercepts: readonly number[];
  /** By model, float32 in base64. */
  readonly weights: readonly string[];
  /** By model: its score on the predictions of all. */
  readonly bend?: readonly (readonly number[])[];
}

export interface KnnState {
  readonly vectorizer?: HashedTfidfState;
  /** By row. */
  readonly indices: readonly string[];
  readonly values: readonly string[];
  readonly scores: readonly (readonly number[])[];
}

export interface ClusterState {
  readonly vectorizer?: HashedTfidfState;
  readonly centroids: readonly string[];
  readonly scores: readonly (readonly number[])[];
}

/** Hashes of the words that were learnt from, and the share of known words below which a text is unfamiliar. */
export interface CoverageState {
  readonly words: string;
  readonly threshold: number;
}

export interface EmbeddingState {
  readonly dimensions: number;
  /** Read alone, without the words. */
  readonly alone: boolean;
  readonly mean: string;
  /** How the embeddings saw a known sentence: tells another model apart. */
  readonly probe: string;
}

/** What `calibrate` chose, and on what. */
export interface RouterCalibration {
  readonly target: "strongShare" | "qualityOfStrong" | "budgetUsdPer1k";
  /** A share from 0 to 1, or US dollars for a thousand requests. */
  readonly value: number;
  /** For two models: the gain from which the strong one is asked. */
  readonly threshold?: number;
  /** Quality given up for a dollar saved. */
  readonly lambda?: number;
  readonly rows: number;
  /** Expected at this setting on the rows that it was chosen on. */
  readonly quality: number;
  readonly costUsdPer1k?: number;
}
