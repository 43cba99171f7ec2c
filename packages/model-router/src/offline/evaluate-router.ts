import { bestFor, chooseLambda } from "./calibrate.ts";
import { meanScore, modelsOf, type RouterRow } from "./router-row.ts";
import { type RoutingCurve, routingCurve } from "./routing-curve.ts";
import { seededRandom } from "./seeded.ts";
import type { TrainedRouter } from "./load-router.ts";
import type { RouterPrediction } from "./router-artifact.ts";

export interface EvaluateRouterOptions {
  /** Resamplings for the intervals. @default 500 */
  readonly resamples?: number;
  /** @default 1 */
  readonly seed?: number;
}

export interface RouterEvaluation {
  readonly rows: number;
  /** Weakest first. */
  readonly models: readonly {
    readonly model: string;
    readonly meanScore: number;
    readonly costUsd: number | null;
    readonly dominatedBy?: string;
  }[];
  /** Two models only. */
  readonly curve?: RoutingCurve;
  /** Area of the curve with its 95 % interval, and of the baselines. */
  readonly apgr?: {
    readonly router: number;
    readonly ci95: readonly [number, number];
    readonly length: number;
    readonly random: number;
    readonly oracle: number;
  };
  /** Router less length, paired 95 % interval. */
  readonly overLength?: readonly [number, number];
  /** Mean score when each request goes where most is expected; best single model; best possible. */
  readonly score: { readonly router: number; readonly bestSingle: number; readonly oracle: number };
  /** Share of the strongest model's cost saved at a share of its quality, with the setting chosen on these rows; costs only. */
  readonly savingsAt?: Readonly<Record<string, number>>;
  readonly verdict:
    | "better than length"
    | "no better than length"
    | "not better than random"
    | "better than the best single model"
    | "no better than the best single model";
  /** For people: what to do about it. */
  readonly warnings: readonly string[];
}

/** Measures a router on rows that it has not seen. Pure: nothing is called. */
export function evaluateRouter(
  router: TrainedRouter | readonly RouterPrediction[],
  rows: readonly RouterRow[],
  { resamples = 500, seed = 1 }: EvaluateRouterOptions = {},
): RouterEvaluation {
  const predictions = "predict" in router ? rows.map(({ prompt }) => router.predict(prompt)) : router;
  const names = modelsOf(rows);
  const costOf = (model: string) =>
    rows.every(({ costUsd }) => costUsd?.[model] !== undefined) ? rows.reduce((sum, { costUsd }) => sum + costUsd![model]!, 0) : null;
  const plain = names.map((model) => ({ model, meanScore: meanScore(rows, model), costUsd: costOf(model) }));
  const models = plain.map((own) => {
    const better = plain.find(
      (other) =>
        other !== own && other.costUsd !== null && own.costUsd !== null && other.meanScore >= own.meanScore && other.costUsd < own.costUsd,
    );
    return better ? { ...own, dominatedBy: better.model } : own;
  });
  const warnings = models.flatMap((own) =>
    "dominatedBy" in own
      ? [`${own.model} is dominated by ${own.dominatedBy}, which scores as well for less: leave it out before you route.`]
      : [],
  );
  const bestSingle = plain[plain.length - 1]?.meanScore ?? 0;
  const score = {
    router: rows.reduce((sum, row, index) => sum + row.scores[bestFor(predictions[index]!, 0, names)]!, 0) / Math.max(1, rows.length),
    bestSingle,
    oracle: rows.reduce((sum, row) => sum + Math.max(...names.map((model) => row.scores[model]!)), 0) / Math.max(1, rows.length),
  };
  const costed = plain.every(({ costUsd }) => costUsd !== null);
  const savingsAt = costed
    ? Object.fromEntries([1, 0.99, 0.97, 0.95].map((share) => [String(share), savingAt(rows, predictions, share)]))
    : undefined;
  if (names.length !== 2) {
    const verdict = score.router > bestSingle ? "better than the best single model" : "no better than the best single model";
    if (score.router <= bestSingle)
      warnings.push("The router scores no better than always asking the best model; use it only for its savings, if any.");
    return { rows: rows.length, models, score, ...(savingsAt && { savingsAt }), verdict, warnings };
  }
  const [weakName, strongName] = names as [string, string];
  const weak = rows.map(({ scores }) => scores[weakName]!);
  const strong = rows.map(({ scores }) => scores[strongName]!);
  const gains = predictions.map(({ quality }) => quality[strongName]! - quality[weakName]!);
  const lengths = rows.map(({ prompt }) => prompt.length);
  const curve = routingCurve({ scores: gains, weak, strong });
  const random = seededRandom(seed);
  const routers: number[] = [];
  const differences: number[] = [];
  for (let sample = 0; sample < resamples; sample += 1) {
    const picked = Array.from(rows, () => Math.floor(random() * rows.length));
    const of = (values: readonly number[]) => picked.map((row) => values[row]!);
    const [w, s] = [of(weak), of(strong)];
    const own = routingCurve({ scores: of(gains), weak: w, strong: s }).apgr;
    routers.push(own);
    differences.push(own - routingCurve({ scores: of(lengths), weak: w, strong: s }).apgr);
  }
  const ci95 = interval(routers);
  const overLength = interval(differences);
  const verdict = ci95[0] <= 0.5 ? "not better than random" : overLength[0] <= 0 ? "no better than length" : "better than length";
  if (verdict === "not better than random") warnings.push("Not better than random on this data: do not serve this router.");
  if (verdict === "no better than length")
    warnings.push("No better than prompt length on this data, within its error: more rows of your own traffic are needed.");
  return {
    rows: rows.length,
    models,
    curve,
    apgr: {
      router: curve.apgr,
      ci95,
      length: routingCurve({ scores: lengths, weak, strong }).apgr,
      random: 0.5,
      oracle: routingCurve({ scores: strong.map((value, row) => value - weak[row]!), weak, strong }).apgr,
    },
    overLength,
    score,
    ...(savingsAt && { savingsAt }),
    verdict,
    warnings,
  };
}

/** Share of the strongest model's cost that is saved at a share of its quality; 0 where the share is not reached. */
function savingAt(rows: readonly RouterRow[], predictions: readonly RouterPrediction[], share: number): number {
  const names = modelsOf(rows);
  const strongest = names[names.length - 1]!;
  const full = rows.reduce((sum, { costUsd }) => sum + costUsd![strongest]!, 0);
  const { quality, costUsd } = chooseLambda(rows, predictions, share);
  return full > 0 && quality >= share * meanScore(rows, strongest) ? 1 - costUsd / full : 0;
}

/** Largest saving at a share of the strongest model's quality by mixing single models at random: the lower hull of cost over quality. */
export function singleModelHullSaving(rows: readonly RouterRow[], share: number): number {
  const names = modelsOf(rows);
  const strongest = names[names.length - 1]!;
  const points = names.map((model) => ({
    quality: meanScore(rows, model),
    cost: rows.reduce((sum, { costUsd }) => sum + (costUsd?.[model] ?? 0), 0),
  }));
  const goal = share * meanScore(rows, strongest);
  const full = points[points.length - 1]!.cost;
  let least = Infinity;
  for (const a of points) {
    if (a.quality >= goal) least = Math.min(least, a.cost);
    for (const b of points) {
      if (a.quality >= goal || b.quality < goal) continue;
      const part = (goal - a.quality) / (b.quality - a.quality);
      least = Math.min(least, a.cost + part * (b.cost - a.cost));
    }
  }
  return full > 0 ? 1 - least / full : 0;
}

function interval(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.floor(share * sorted.length)))] ?? 0;
  return [at(0.025), at(0.975)];
}
