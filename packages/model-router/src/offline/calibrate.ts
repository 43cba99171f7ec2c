import { InvalidOptionError } from "@langthrift/core";
import { meanScore, modelsOf, type RouterRow } from "./router-row.ts";
import { loadRouter } from "./load-router.ts";
import type { RouterArtifact, RouterCalibration, RouterPrediction } from "./router-artifact.ts";

/** What to aim at. */
export type CalibrationTarget =
  /** Share of requests that go to the strong model (two models). */
  | { readonly strongShare: number }
  /** Least cost at this share of the strongest model's mean score; with `confidence`, by a lower bound (for example 0.95). */
  | { readonly qualityOfStrong: number; readonly confidence?: number }
  /** Best quality at this many dollars for a thousand requests. */
  | { readonly budgetUsdPer1k: number };

/** What a setting would have done on the rows. */
export interface Operation {
  readonly lambda: number;
  readonly quality: number;
  readonly costUsd: number;
  /** Standard error of quality less the strongest model's, paired. */
  readonly standardError: number;
}

/** The model with the best expected score less `lambda` times its expected cost. */
export function bestFor(
  { quality, costUsd = {} }: RouterPrediction,
  lambda: number,
  models: readonly string[] = Object.keys(quality),
): string {
  let best = models[0]!;
  let most = -Infinity;
  for (const model of models) {
    const worth = quality[model]! - (lambda === 0 ? 0 : lambda * (costUsd[model] ?? 0));
    if (worth > most) [best, most] = [model, worth];
  }
  return best;
}

/** Quality and cost over a grid of lambdas, from "cost does not matter" to "only cost does". */
export function operationsOf(rows: readonly RouterRow[], predictions: readonly RouterPrediction[]): Operation[] {
  const models = modelsOf(rows);
  const strongest = models[models.length - 1]!;
  const scale = rows.reduce((sum, { costUsd }) => sum + (costUsd?.[strongest] ?? 0), 0) / Math.max(1, rows.length) || 1;
  const lambdas = [0, ...Array.from({ length: 361 }, (_, step) => 10 ** (-4 + step / 60) / scale)];
  const table = rows.map(({ scores, costUsd }, row) => ({
    expected: models.map((model) => predictions[row]!.quality[model]!),
    price: models.map((model) => predictions[row]!.costUsd?.[model] ?? 0),
    scores: models.map((model) => scores[model]!),
    cost: models.map((model) => costUsd?.[model] ?? 0),
  }));
  const count = Math.max(1, rows.length);
  return lambdas.map((lambda) => {
    let quality = 0;
    let cost = 0;
    let squares = 0;
    let sum = 0;
    for (const row of table) {
      const m = bestIndex(row.expected, row.price, lambda);
      quality += row.scores[m]!;
      cost += row.cost[m]!;
      const difference = row.scores[m]! - row.scores[models.length - 1]!;
      sum += difference;
      squares += difference * difference;
    }
    const variance = Math.max(0, squares / count - (sum / count) ** 2);
    return { lambda, quality: quality / count, costUsd: cost, standardError: Math.sqrt(variance / count) };
  });
}

/** The first of equals, as `bestFor` chooses. */
function bestIndex(expected: readonly number[], price: readonly number[], lambda: number): number {
  let best = 0;
  let most = -Infinity;
  for (let m = 0; m < expected.length; m += 1) {
    const worth = expected[m]! - (lambda === 0 ? 0 : lambda * price[m]!);
    if (worth > most) [best, most] = [m, worth];
  }
  return best;
}

/**
 * The cheapest setting whose quality reaches `share` of the strongest model's, by its estimate less `deviations` standard errors; where none
 * does, the best one.
 */
export function chooseLambda(
  rows: readonly RouterRow[],
  predictions: readonly RouterPrediction[],
  share: number,
  deviations = 0,
): Operation {
  return chooseOperation(operationsOf(rows, predictions), rows, share, deviations);
}

/** `chooseLambda` on operations that were worked out before. */
export function chooseOperation(operations: readonly Operation[], rows: readonly RouterRow[], share: number, deviations = 0): Operation {
  const models = modelsOf(rows);
  const goal = share * meanScore(rows, models[models.length - 1]!);
  const reaching = operations.filter(({ quality, standardError }) => quality - deviations * standardError >= goal);
  if (reaching.length > 0) return reaching.reduce((a, b) => (b.costUsd < a.costUsd ? b : a));
  return operations.reduce((a, b) => (b.quality > a.quality ? b : a));
}

/**
 * Chooses the threshold or lambda of a router on rows that it was **not** trained on, and writes it into a copy of the artefact. Report the result
 * on yet other rows (`evaluateRouter`).
 *
 * @param predictions Of the router for these rows, where it reads embeddings (`predictRows`). Default: made here.
 * @throws {InvalidOptionError} when the target does not fit the models, or the rows have no costs where they are needed.
 */
export function calibrate(
  artifact: RouterArtifact,
  rows: readonly RouterRow[],
  target: CalibrationTarget,
  predictions: readonly RouterPrediction[] = predictAll(artifact, rows),
): RouterArtifact {
  return { ...artifact, calibration: choose(artifact, rows, predictions, target) };
}

function predictAll(artifact: RouterArtifact, rows: readonly RouterRow[]): RouterPrediction[] {
  const router = loadRouter(artifact);
  return rows.map(({ prompt }) => router.predict(prompt));
}

function choose(
  { models }: RouterArtifact,
  rows: readonly RouterRow[],
  predictions: readonly RouterPrediction[],
  target: CalibrationTarget,
): RouterCalibration {
  const count = rows.length;
  if (count === 0) throw new InvalidOptionError("There are no rows to calibrate on.");
  if ("strongShare" in target || !rows.every(({ costUsd }) => costUsd)) {
    if (models.length !== 2 || "budgetUsdPer1k" in target) throw new InvalidOptionError("This target needs `costUsd` in every row.");
    const [weak, strong] = models as [string, string];
    const gains = predictions.map(({ quality }) => quality[strong]! - quality[weak]!);
    const order = [...gains.keys()].sort((a, b) => gains[b]! - gains[a]!);
    let quality = rows.reduce((sum, { scores }) => sum + scores[weak]!, 0);
    const goal =
      "qualityOfStrong" in target ? target.qualityOfStrong * rows.reduce((sum, { scores }) => sum + scores[strong]!, 0) : Infinity;
    // Of the rows that stay with the weak model: how far it falls behind, for the error of the estimate.
    const behind = rows.map(({ scores }) => scores[weak]! - scores[strong]!);
    let sum = behind.reduce((total, value) => total + value, 0);
    let squares = behind.reduce((total, value) => total + value * value, 0);
    const deviations = "qualityOfStrong" in target ? deviationsOf(target.confidence) : 0;
    let taken = 0;
    for (const row of order) {
      const error = Math.sqrt(Math.max(0, squares - (sum * sum) / count));
      if ("strongShare" in target ? taken >= Math.round(target.strongShare * count) : quality - deviations * error >= goal) break;
      quality -= behind[row]!;
      sum -= behind[row]!;
      squares -= behind[row]! ** 2;
      taken += 1;
    }
    const above = gains[order[taken - 1] ?? -1] ?? Infinity;
    const below = gains[order[taken] ?? -1] ?? -Infinity;
    const threshold = above === Infinity ? (gains[order[0] ?? -1] ?? 0) + 1 : below === -Infinity ? above : (above + below) / 2;
    const [name, value] =
      "strongShare" in target ? (["strongShare", target.strongShare] as const) : (["qualityOfStrong", target.qualityOfStrong] as const);
    return { target: name, value, threshold, rows: count, quality: quality / count };
  }
  let chosen: Operation;
  if ("budgetUsdPer1k" in target) {
    const operations = operationsOf(rows, predictions);
    const affordable = operations.filter(({ costUsd }) => (costUsd / count) * 1000 <= target.budgetUsdPer1k);
    chosen = affordable.length > 0 ? affordable.reduce((a, b) => (b.quality > a.quality ? b : a)) : operations[operations.length - 1]!;
  } else chosen = chooseLambda(rows, predictions, target.qualityOfStrong, deviationsOf(target.confidence));
  const [name, value] =
    "budgetUsdPer1k" in target
      ? (["budgetUsdPer1k", target.budgetUsdPer1k] as const)
      : (["qualityOfStrong", target.qualityOfStrong] as const);
  return {
    target: name,
    value,
    lambda: chosen.lambda,
    rows: count,
    quality: chosen.quality,
    costUsdPer1k: (chosen.costUsd / count) * 1000,
  };
}

/** One-sided deviations of the normal distribution: 0.95 → 1.64. */
function deviationsOf(confidence: number | undefined): number {
  if (confidence === undefined) return 0;
  if (!(confidence >= 0.5 && confidence < 1)) throw new InvalidOptionError(`\`confidence\` is ${confidence}. Pass 0.5 to below 1.`);
  const t = Math.sqrt(-2 * Math.log(1 - confidence));
  // Abramowitz & Stegun 26.2.23, error below 4.5e-4.
  return confidence === 0.5
    ? 0
    : t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
}
