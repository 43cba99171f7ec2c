import { bestFor } from "./calibrate.ts";
import { evaluateSetting, type SettingEvaluation } from "./evaluate-setting.ts";
import { type FlipRates, flipRates } from "./flip-rate.ts";
import type { TrainedRouter } from "./load-router.ts";
import { interval95, ratioInterval, resample } from "./resampling.ts";
import type { RouterPrediction } from "./router-artifact.ts";
import { meanScore, modelsOf, type RouterRow } from "./router-row.ts";
import { type RoutingCurve, routingCurve } from "./routing-curve.ts";
import { savingsAt, singleModelHullSaving } from "./savings.ts";
import { seededRandom } from "./seeded.ts";
import { taskMeans } from "./task-means.ts";

/** Options of {@link evaluateRouter}. */
export interface EvaluateRouterOptions {
  /** Resamplings for the intervals. A count. @default 500 */
  readonly resamples?: number;
  /** @default 1 */
  readonly seed?: number;
}

/** What a router would have done on rows that it has not seen. */
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
  /** Two models only: area of the curve with its 95 % interval, and of the baselines; `taskMeans` where the rows have a `task`. */
  readonly apgr?: {
    readonly router: number;
    readonly ci95: readonly [number, number];
    readonly length: number;
    readonly taskMeans?: number;
    readonly random: number;
    readonly oracle: number;
  };
  /** Two models only: router's area less length's, paired 95 % interval. */
  readonly overLength?: readonly [number, number];
  /** Mean score when each request goes where most is expected; a model at random; the best of the task; the best single one; the best possible. */
  readonly score: {
    readonly router: number;
    readonly random: number;
    readonly taskMeans?: number;
    readonly bestSingle: number;
    readonly oracle: number;
    /** Router less best single, paired 95 % interval. */
    readonly overBestSingle: readonly [number, number];
  };
  /** Share of the strongest model's cost saved at 100, 99, 97 and 95 % of its quality, with the setting chosen on these rows: optimistic. */
  readonly savingsAt?: Readonly<Record<string, number>>;
  /** The same by sending requests to single models at random, without a router. */
  readonly mixSavingsAt?: Readonly<Record<string, number>>;
  /** What the setting that `calibrate` chose on other rows does on these: the figure to trust. */
  readonly calibrated?: SettingEvaluation;
  /** How many decisions change under noise; not for predictions alone, nor for routers with embeddings. */
  readonly flips?: FlipRates;
  /** Share of rows that a policy would abstain on, because they are unlike the training. */
  readonly unfamiliarShare: number;
  readonly verdict:
    | "better than length"
    | "no better than length"
    | "not better than random"
    | "better than the best single model"
    | "no better than the best single model";
  /** For people: what to do about it. */
  readonly warnings: readonly string[];
}

const SHARES = [1, 0.99, 0.97, 0.95];

/**
 * Measures a router, or predictions of one, on rows that it has not seen. Pure: nothing is called.
 *
 * @throws {InvalidOptionError} when a router with embeddings is given without its `predictions` (`predictRows`).
 */
export function evaluateRouter(
  router: (TrainedRouter & { readonly predictions?: readonly RouterPrediction[] }) | readonly RouterPrediction[],
  rows: readonly RouterRow[],
  { resamples = 500, seed = 1 }: EvaluateRouterOptions = {},
): RouterEvaluation {
  const predictions = "predict" in router ? (router.predictions ?? rows.map(({ prompt }) => router.predict(prompt))) : router;
  const names = modelsOf(rows);
  const models = modelsIn(rows, names);
  const random = seededRandom(seed);
  const tasks = taskMeans(rows, names);
  const strongest = names[names.length - 1]!;
  const own = rows.map((row, index) => row.scores[bestFor(predictions[index]!, 0, names)]!);
  const best = rows.map(({ scores }) => scores[strongest]!);
  const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const score = {
    router: average(own),
    random: average(names.map((model) => meanScore(rows, model))),
    ...(tasks && { taskMeans: average(rows.map(({ scores }, row) => scores[names[bestIndex(tasks[row]!)]!]!)) }),
    bestSingle: average(best),
    oracle: average(rows.map(({ scores }) => Math.max(...names.map((model) => scores[model]!)))),
    overBestSingle: ratioInterval(
      own.map((value, row) => value - best[row]!),
      own.map(() => 1),
      resamples,
      random,
    ),
  };
  const warnings = models.flatMap(({ model, dominatedBy }) =>
    dominatedBy === undefined
      ? []
      : [`${model} is dominated by ${dominatedBy}, which scores as well for less: leave it out before you route.`],
  );
  const costed = models.every(({ costUsd }) => costUsd !== null);
  const artifact = "predict" in router ? router.artifact : undefined;
  const calibrated = artifact && evaluateSetting(rows, predictions, artifact, { resamples, random });
  const unfamiliarShare = average(predictions.map(({ unfamiliar }) => (unfamiliar ? 1 : 0)));
  if (unfamiliarShare > 0.1)
    warnings.push(`${(unfamiliarShare * 100).toFixed(0)} % of these rows are unlike the training; a policy abstains on them.`);
  const common = {
    rows: rows.length,
    models,
    score,
    ...(costed && {
      savingsAt: savingsAt(rows, predictions, SHARES),
      mixSavingsAt: Object.fromEntries(SHARES.map((share) => [String(share), singleModelHullSaving(rows, share)])),
    }),
    ...(calibrated && { calibrated }),
    unfamiliarShare,
    ...("predict" in router &&
      !artifact!.embedding && {
        flips: flipRates(
          router,
          rows.map(({ prompt }) => prompt),
          decisionOf(router, predictions),
          seed,
        ),
      }),
  };
  if (names.length !== 2) {
    const verdict =
      score.router <= score.random
        ? "not better than random"
        : score.overBestSingle[0] > 0
          ? "better than the best single model"
          : "no better than the best single model";
    if (verdict === "not better than random") warnings.push("Not better than random on this data: do not serve this router.");
    if (verdict === "no better than the best single model")
      warnings.push("No better than always asking the best model, within its error; use it only for its savings, if any.");
    return { ...common, verdict, warnings };
  }
  const two = compareCurves(rows, predictions, names as [string, string], tasks, resamples, random);
  const verdict =
    two.apgr.ci95[0] <= 0.5 ? "not better than random" : two.overLength[0] <= 0 ? "no better than length" : "better than length";
  if (verdict === "not better than random") warnings.push("Not better than random on this data: do not serve this router.");
  if (verdict === "no better than length")
    warnings.push("No better than prompt length on this data, within its error: more rows of your own traffic are needed.");
  return { ...common, ...two, verdict, warnings };
}

function modelsIn(rows: readonly RouterRow[], names: readonly string[]): RouterEvaluation["models"] {
  const costOf = (model: string) =>
    rows.every(({ costUsd }) => costUsd?.[model] !== undefined) ? rows.reduce((sum, { costUsd }) => sum + costUsd![model]!, 0) : null;
  const plain = names.map((model) => ({ model, meanScore: meanScore(rows, model), costUsd: costOf(model) }));
  return plain.map((own) => {
    const better = plain.find(
      (other) =>
        other !== own && other.costUsd !== null && own.costUsd !== null && other.meanScore >= own.meanScore && other.costUsd < own.costUsd,
    );
    return better ? { ...own, dominatedBy: better.model } : own;
  });
}

function compareCurves(
  rows: readonly RouterRow[],
  predictions: readonly RouterPrediction[],
  [weakName, strongName]: [string, string],
  tasks: readonly (readonly number[])[] | undefined,
  resamples: number,
  random: () => number,
): Required<Pick<RouterEvaluation, "curve" | "apgr" | "overLength">> {
  const weak = rows.map(({ scores }) => scores[weakName]!);
  const strong = rows.map(({ scores }) => scores[strongName]!);
  const gains = predictions.map(({ quality }) => quality[strongName]! - quality[weakName]!);
  const lengths = rows.map(({ prompt }) => prompt.length);
  const areaOf = (scores: readonly number[]) => routingCurve({ scores, weak, strong }).apgr;
  const routers: number[] = [];
  const differences: number[] = [];
  for (let sample = 0; sample < resamples; sample += 1) {
    const picked = resample(rows.length, random);
    const of = (values: readonly number[]) => picked.map((row) => values[row]!);
    const [w, s] = [of(weak), of(strong)];
    const own = routingCurve({ scores: of(gains), weak: w, strong: s }).apgr;
    routers.push(own);
    differences.push(own - routingCurve({ scores: of(lengths), weak: w, strong: s }).apgr);
  }
  const curve = routingCurve({ scores: gains, weak, strong });
  return {
    curve,
    apgr: {
      router: curve.apgr,
      ci95: interval95(routers),
      length: areaOf(lengths),
      ...(tasks && { taskMeans: areaOf(tasks.map(([w, s]) => s! - w!)) }),
      random: 0.5,
      oracle: areaOf(strong.map((value, row) => value - weak[row]!)),
    },
    overLength: interval95(differences),
  };
}

/** At the calibrated setting; else, for two models half of the requests to the strong one, for more the best expected score. */
function decisionOf(
  { artifact, models }: TrainedRouter,
  predictions: readonly RouterPrediction[],
): (prediction: RouterPrediction) => string {
  const { threshold, lambda } = artifact.calibration ?? {};
  if (models.length !== 2 || lambda !== undefined) return (prediction) => bestFor(prediction, lambda ?? 0, models);
  const [weak, strong] = models as [string, string];
  const gainOf = ({ quality }: RouterPrediction) => quality[strong]! - quality[weak]!;
  const sorted = predictions.map(gainOf).sort((a, b) => a - b);
  const limit = threshold ?? sorted[sorted.length >> 1] ?? 0;
  return (prediction) => (gainOf(prediction) >= limit ? strong : weak);
}

function bestIndex(values: readonly number[]): number {
  // The last of equals: models come weakest first.
  return values.reduce((best, value, index) => (value >= values[best]! ? index : best), 0);
}
