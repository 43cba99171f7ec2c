import { InvalidOptionError } from "@langthrift/core";
import { decodeFloats, encodeFloats } from "./binary-text.ts";
import { fitHashedTfidf, type HashedTfidf, type HashedTfidfState, loadHashedTfidf } from "./hashed-tfidf.ts";
import { indexNeighbours } from "./neighbours.ts";
import { fitDense, fitRidge } from "./ridge.ts";
import { modelsOf, type RouterRow } from "./router-row.ts";
import { foldsOf } from "./seeded.ts";
import { dotDense, type SparseVector, withTail } from "./sparse-vector.ts";
import { nearestCentroid, sphericalKMeans } from "./spherical-k-means.ts";
import { textFeatures } from "./text-features.ts";

export type RouterKind = "linear" | "knn" | "cluster";

/** What a router expects of each model for a request. */
export interface RouterPrediction {
  /** Expected score, about 0 to 1. */
  readonly quality: Readonly<Record<string, number>>;
  /** Expected US dollars; absent when the rows had no costs. */
  readonly costUsd?: Readonly<Record<string, number>>;
}

/** A trained router as versioned JSON. Holds no prompt text. */
export interface RouterArtifact {
  readonly version: 1;
  readonly kind: RouterKind;
  /** Weakest first, by mean score. */
  readonly models: readonly string[];
  readonly rows: number;
  readonly seed: number;
  readonly meanScores: Readonly<Record<string, number>>;
  readonly meanCostUsd?: Readonly<Record<string, number>>;
  readonly vectorizer: HashedTfidfState;
  readonly features: { readonly means: readonly number[]; readonly deviations: readonly number[] };
  /** Coefficients of cost / mean cost on the surface features, by model. */
  readonly cost?: readonly (readonly number[])[];
  readonly linear?: {
    readonly intercepts: readonly number[];
    readonly weights: readonly string[];
    readonly bend?: readonly (readonly number[])[];
  };
  readonly knn?: {
    readonly indices: readonly string[];
    readonly values: readonly string[];
    readonly scores: readonly (readonly number[])[];
  };
  readonly clusters?: { readonly centroids: readonly string[]; readonly scores: readonly (readonly number[])[] };
  readonly calibration?: RouterCalibration;
}

/** What `calibrate` chose, and on what. */
export interface RouterCalibration {
  readonly target: "strongShare" | "qualityOfStrong" | "budgetUsdPer1k";
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

export interface TrainRouterOptions {
  /** @default "linear" */
  readonly kind?: RouterKind;
  /** @default 1 */
  readonly seed?: number;
}

/** A loaded artefact. */
export interface TrainedRouter {
  readonly artifact: RouterArtifact;
  readonly models: readonly string[];
  predict(prompt: string): RouterPrediction;
}

const FEATURE_SCALE = Math.sqrt(0.1 / 11);
const SHRINK = 10;

/**
 * Learns from labelled rows what each model will score. `linear` (best measured): ridge over hashed words and characters, and where it lowers the
 * cross-validated error a quadratic bend over the models' predictions; `knn` and `cluster` follow the neighbours.
 *
 * @throws {InvalidOptionError} with fewer than 2 models or 20 rows.
 */
export function trainRouter(rows: readonly RouterRow[], { kind = "linear", seed = 1 }: TrainRouterOptions = {}): RouterArtifact {
  const models = modelsOf(rows);
  if (models.length < 2)
    throw new InvalidOptionError(`The rows share the scores of ${models.length} models. Give every row scores of at least two.`);
  if (rows.length < 20)
    throw new InvalidOptionError(`${rows.length} rows are too few to learn from. Give 20 or more; 500 for a router worth serving.`);
  const vectorizer = fitHashedTfidf(
    rows.map(({ prompt }) => prompt),
    kind === "linear" ? {} : { wordGrams: 2, characterShare: 0, idfPower: 1 },
  );
  const raw = rows.map(({ prompt }) => vectorizer.transform(prompt));
  const surface = rows.map(({ prompt }) => textFeatures(prompt));
  const features = spread(surface);
  const scaled = surface.map((row) => standardize(row, features));
  const scores = rows.map((row) => models.map((model) => row.scores[model]!));
  const base = {
    version: 1,
    kind,
    models,
    rows: rows.length,
    seed,
    meanScores: Object.fromEntries(models.map((model, m) => [model, mean(scores.map((row) => row[m]!))])),
    vectorizer: vectorizer.toJSON(),
    features,
    ...costModel(rows, models, scaled),
  } as const;
  if (kind === "knn") {
    return {
      ...base,
      knn: {
        indices: raw.map(({ indices }) => Buffer.from(indices.buffer, indices.byteOffset, indices.byteLength).toString("base64")),
        values: raw.map(({ values }) => encodeFloats(values)),
        scores,
      },
    };
  }
  if (kind === "cluster") return { ...base, clusters: trainClusters(rows, raw, scores, vectorizer, seed) };

  const dimensions = vectorizer.dimensions + features.means.length;
  const vectors = raw.map((vector, row) => withTail(vector, vectorizer.dimensions, scaled[row]!, FEATURE_SCALE));
  const bend = learnBend(rows, vectors, scores, dimensions, seed);
  const fit = fitRidge(vectors, scores, dimensions);
  return { ...base, linear: { intercepts: fit.intercepts, weights: fit.weights.map(encodeFloats), ...(bend && { bend }) } };
}

/** @throws {InvalidOptionError} when the artefact is of another version or damaged. */
export function loadRouter(artifact: RouterArtifact): TrainedRouter {
  const { version, models, features, cost, meanCostUsd } = artifact;
  if (version !== 1)
    throw new InvalidOptionError(`The router artefact has version ${String(version)}; this package reads version 1. Train it again.`);
  const vectorizer = loadHashedTfidf(artifact.vectorizer);
  const quality = qualityModel(artifact, vectorizer);
  return {
    artifact,
    models,
    predict(prompt) {
      const scaled = standardize(textFeatures(prompt), features);
      const expected = quality(vectorizer.transform(prompt), scaled);
      const dollars =
        cost && meanCostUsd && models.map((model, m) => meanCostUsd[model]! * Math.min(10, Math.max(0.1, dot(cost[m]!, [1, ...scaled]))));
      return { quality: byModel(models, expected), ...(dollars && { costUsd: byModel(models, dollars) }) };
    },
  };
}

/** Predictions for rows by routers that have not seen them: `folds` are trained, each predicts the rows left out. */
export function crossPredict(
  rows: readonly RouterRow[],
  { folds = 5, seed = 1, ...options }: TrainRouterOptions & { readonly folds?: number } = {},
): RouterPrediction[] {
  const fold = foldsOf(rows, folds, seed);
  const predictions = Array.from<RouterPrediction>({ length: rows.length });
  for (let k = 0; k < folds; k += 1) {
    const router = loadRouter(
      trainRouter(
        rows.filter((_, row) => fold[row] !== k),
        { ...options, seed },
      ),
    );
    for (const [row, { prompt }] of rows.entries()) if (fold[row] === k) predictions[row] = router.predict(prompt);
  }
  return predictions;
}

function qualityModel(artifact: RouterArtifact, vectorizer: HashedTfidf): (vector: SparseVector, scaled: readonly number[]) => number[] {
  const { models, linear, knn, clusters, meanScores } = artifact;
  if (linear) {
    const weights = linear.weights.map(decodeFloats);
    const { bend } = linear;
    return (vector, scaled) => {
      const whole = withTail(vector, vectorizer.dimensions, scaled, FEATURE_SCALE);
      const plain = weights.map((own, m) => dotDense(whole, own) + linear.intercepts[m]!);
      return bend ? bend.map((coefficients, m) => dot(coefficients, bendColumns(plain, m))) : plain;
    };
  }
  const means = models.map((model) => meanScores[model]!);
  if (knn) {
    const vectors = knn.indices.map((text, row) => {
      const bytes = Buffer.from(text, "base64");
      return { indices: new Uint32Array(Uint8Array.from(bytes).buffer), values: decodeFloats(knn.values[row]!) };
    });
    const index = indexNeighbours(vectors, vectorizer.dimensions);
    const count = Math.min(100, Math.max(5, Math.round(vectors.length / 5)));
    return (vector) => {
      const sums = means.map((value) => value * SHRINK * 0.01);
      let total = SHRINK * 0.01;
      for (const { row, similarity } of index.nearest(vector, count)) {
        const weight = Math.max(similarity, 0.001);
        total += weight;
        for (let m = 0; m < sums.length; m += 1) sums[m]! += weight * knn.scores[row]![m]!;
      }
      return sums.map((sum) => sum / total);
    };
  }
  if (!clusters) throw new InvalidOptionError("The router artefact has no model in it; it is damaged.");
  const centroids = clusters.centroids.map(decodeFloats);
  return (vector) => [...clusters.scores[nearestCentroid(vector, centroids)]!];
}

/**
 * The bend: each model's score on the predictions of all, squares and products included. Two models that both fail on hard requests gain nothing
 * from the strong one, which no sum of word weights can say. Kept only if it lowers the cross-validated error of the gains.
 */
function learnBend(
  rows: readonly RouterRow[],
  vectors: readonly SparseVector[],
  scores: readonly (readonly number[])[],
  dimensions: number,
  seed: number,
): number[][] | undefined {
  // Below this the inner fits are noise.
  if (rows.length < 1000) return undefined;
  const folds = 3;
  const fold = foldsOf(rows, folds, seed + 1);
  const width = scores[0]!.length;
  const plain = Array.from<number[]>({ length: rows.length });
  for (let k = 0; k < folds; k += 1) {
    const train = [...rows.keys()].filter((row) => fold[row] !== k);
    const { weights, intercepts } = fitRidge(
      train.map((row) => vectors[row]!),
      train.map((row) => scores[row]!),
      dimensions,
    );
    for (const [row, vector] of vectors.entries())
      if (fold[row] === k) plain[row] = weights.map((own, m) => dotDense(vector, own) + intercepts[m]!);
  }
  const penalty = rows.length / 2000;
  const fitOn = (train: readonly number[]) =>
    Array.from({ length: width }, (_, m) =>
      fitDense(
        train.map((row) => bendColumns(plain[row]!, m)),
        train.map((row) => scores[row]![m]!),
        penalty,
      ),
    );
  let straightError = 0;
  let bentError = 0;
  for (let k = 0; k < folds; k += 1) {
    const bend = fitOn([...rows.keys()].filter((row) => fold[row] !== k));
    for (const row of rows.keys()) {
      if (fold[row] !== k) continue;
      straightError += gainError(plain[row]!, scores[row]!);
      bentError += gainError(
        bend.map((coefficients, m) => dot(coefficients, bendColumns(plain[row]!, m))),
        scores[row]!,
      );
    }
  }
  return bentError < straightError * 0.999 ? fitOn([...rows.keys()]) : undefined;
}

function bendColumns(plain: readonly number[], m: number): number[] {
  const own = plain[m]! - 0.7;
  const all = mean(plain) - 0.7;
  return [1, own, all, own * own * 5, own * all * 5, all * all * 5];
}

function gainError(predicted: readonly number[], actual: readonly number[]): number {
  const [p, a] = [mean(predicted), mean(actual)];
  return predicted.reduce((sum, value, m) => sum + (value - p - (actual[m]! - a)) ** 2, 0);
}

function trainClusters(
  rows: readonly RouterRow[],
  vectors: readonly SparseVector[],
  scores: readonly (readonly number[])[],
  { dimensions }: HashedTfidf,
  seed: number,
): NonNullable<RouterArtifact["clusters"]> {
  const overall = scores[0]!.map((_, m) => mean(scores.map((row) => row[m]!)));
  const table = (centroids: readonly Float32Array[], train: readonly number[]) => {
    const sums = centroids.map(() => overall.map((value) => value * SHRINK));
    const counts = centroids.map(() => SHRINK);
    for (const row of train) {
      const cluster = nearestCentroid(vectors[row]!, centroids);
      counts[cluster]! += 1;
      for (let m = 0; m < overall.length; m += 1) sums[cluster]![m]! += scores[row]![m]!;
    }
    return sums.map((own, cluster) => own.map((sum) => sum / counts[cluster]!));
  };
  const fold = foldsOf(rows, 3, seed + 2);
  const train = [...rows.keys()].filter((row) => fold[row] !== 0);
  let best = 8;
  let least = Infinity;
  for (const clusters of [8, 16, 32]) {
    const centroids = sphericalKMeans(
      train.map((row) => vectors[row]!),
      dimensions,
      clusters,
      seed,
    );
    const means = table(centroids, train);
    let error = 0;
    for (const row of rows.keys()) if (fold[row] === 0) error += gainError(means[nearestCentroid(vectors[row]!, centroids)]!, scores[row]!);
    if (error < least) [best, least] = [clusters, error];
  }
  const centroids = sphericalKMeans(vectors, dimensions, best, seed);
  return { centroids: centroids.map(encodeFloats), scores: table(centroids, [...rows.keys()]) };
}

function costModel(
  rows: readonly RouterRow[],
  models: readonly string[],
  scaled: readonly (readonly number[])[],
): { readonly meanCostUsd?: Record<string, number>; readonly cost?: number[][] } {
  if (!rows.every(({ costUsd }) => costUsd && models.every((model) => costUsd[model] !== undefined))) return {};
  const means = models.map((model) => mean(rows.map(({ costUsd }) => costUsd![model]!)));
  const columns = scaled.map((row) => [1, ...row]);
  const cost = models.map((model, m) =>
    fitDense(
      columns,
      rows.map(({ costUsd }) => (means[m]! > 0 ? costUsd![model]! / means[m]! : 1)),
      10,
    ),
  );
  return { meanCostUsd: Object.fromEntries(models.map((model, m) => [model, means[m]!])), cost };
}

function spread(rows: readonly (readonly number[])[]): { means: number[]; deviations: number[] } {
  const width = rows[0]?.length ?? 0;
  const means = Array.from({ length: width }, (_, at) => mean(rows.map((row) => row[at]!)));
  const deviations = means.map((middle, at) => Math.sqrt(mean(rows.map((row) => (row[at]! - middle) ** 2))) || 1);
  return { means, deviations };
}

/** In standard deviations, cut at 4: one odd text must not outweigh its words. */
function standardize(row: readonly number[], { means, deviations }: RouterArtifact["features"]): number[] {
  return row.map((value, at) => Math.max(-4, Math.min(4, (value - means[at]!) / deviations[at]!)));
}

function byModel(models: readonly string[], values: readonly number[]): Record<string, number> {
  return Object.fromEntries(models.map((model, m) => [model, values[m]!]));
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum;
}
