import {
  bestFor,
  chooseLambda,
  crossPredict,
  loadCascade,
  loadRouter,
  meanScore,
  modelsOf,
  parseRouterRow,
  type RouterPrediction,
  type RouterRow,
  routingCurve,
  singleModelHullSaving,
  trainCascade,
  trainRouter,
} from "@langthrift/model-router";
import { mean, percentile } from "./statistics.ts";
import { readJsonLines } from "./read-json-lines.ts";
import { seededRandom, shuffled } from "./random.ts";

const FOLDS = 5;
/** How often the folds of a file this small are drawn anew: one draw moves the area of 1,300 rows by .01. */
const DRAWS = 3;
const SMALL_FILE = 3000;
/** Standard errors by which a setting has to clear the quality asked for, because its estimate is the best of many: one-sided, 95 of 100 hold. */
const CAUTION = 1.64;

/** Routing rows, cross-validated; with a test file, trained and tuned on the rows and measured on the test. */
export async function run(options: {
  rows: string;
  test?: string;
  seed: number;
}): Promise<{ config: Record<string, unknown>; metrics: Record<string, number>; text: string }> {
  const { seed } = options;
  const rows = readRouterRows(options.rows);
  const test = options.test === undefined ? rows : readRouterRows(options.test);
  const names = modelsOf(rows);
  const strongest = names[names.length - 1]!;
  const metrics: Record<string, number> = {};
  const costs = [...rows, ...test].every(({ costUsd }) => names.every((model) => costUsd?.[model] !== undefined));
  // Six trainings instead of one: only where something is chosen or measured on the rows themselves.
  const crossed = costs || options.test === undefined ? crossPredict(rows, { seed, folds: FOLDS }) : [];
  const router = loadRouter(trainRouter(rows, { seed }));
  const predictions = options.test === undefined ? crossed : test.map(({ prompt }) => router.predict(prompt));

  metrics["best_single_score"] = Math.max(...names.map((model) => meanScore(test, model)));
  metrics["router_score"] = mean(test.map(({ scores }, row) => scores[bestFor(predictions[row]!, 0, names)]!));
  if (options.test !== undefined) unseen(rows, test, predictions, metrics);
  if (names.length === 2) {
    const draws = options.test === undefined && rows.length < SMALL_FILE ? DRAWS : 1;
    const redrawn = Array.from({ length: draws - 1 }, (_, at) => crossPredict(rows, { seed: seed + at + 1, folds: FOLDS }));
    twoModels(rows, test, [predictions, ...redrawn], names as [string, string], seed, metrics);
  }
  if (costs) {
    for (const share of [1, 0.97, 0.95]) {
      const { quality, cost } = tuned(rows, crossed, test, predictions, share, options.test === undefined);
      const full = test.reduce((sum, { costUsd }) => sum + costUsd![strongest]!, 0);
      metrics[`saving_at_${share * 100}pct`] = 1 - cost / full;
      metrics[`kept_at_${share * 100}pct`] = quality / meanScore(test, strongest);
    }
    metrics["single_model_hull_saving_at_97pct"] = singleModelHullSaving(test, 0.97);
  }
  const prompts = rows.slice(0, 2000).map(({ prompt }) => prompt);
  for (const prompt of prompts.slice(0, 200)) router.predict(prompt);
  const times = prompts.map((prompt) => {
    const started = performance.now();
    router.predict(prompt);
    return performance.now() - started;
  });
  metrics["decision_p50_ms"] = percentile(times, 0.5);
  metrics["decision_p99_ms"] = percentile(times, 0.99);
  const lines = Object.entries(metrics).map(([name, value]) => `${name.padEnd(36)} ${value.toFixed(4)}`);
  const random = (metrics["apgr_best"] ?? 1) <= (metrics["random_apgr"] ?? 0) ? ["Not better than random on this data."] : [];
  return {
    config: {
      rows: options.rows,
      ...(options.test !== undefined && { test: options.test }),
      seed,
      folds: FOLDS,
      models: names,
      count: rows.length,
    },
    metrics,
    text: [...lines, ...random].join("\n"),
  };
}

/** Nearest to a prompt that is learnt from is itself: where the test repeats some, the others are counted apart. */
function unseen(
  rows: readonly RouterRow[],
  test: readonly RouterRow[],
  predictions: readonly RouterPrediction[],
  metrics: Record<string, number>,
): void {
  const names = modelsOf(rows);
  const learnt = new Set(rows.map(({ prompt }) => prompt));
  const fresh = [...test.keys()].filter((row) => !learnt.has(test[row]!.prompt));
  metrics["repeated_share"] = 1 - fresh.length / test.length;
  if (fresh.length === test.length || fresh.length === 0) return;
  const own = fresh.map((row) => test[row]!);
  metrics["best_single_score_unrepeated"] = Math.max(...names.map((model) => meanScore(own, model)));
  metrics["router_score_unrepeated"] = mean(fresh.map((row) => test[row]!.scores[bestFor(predictions[row]!, 0, names)]!));
}

function twoModels(
  rows: readonly RouterRow[],
  test: readonly RouterRow[],
  draws: readonly (readonly RouterPrediction[])[],
  [weakName, strongName]: [string, string],
  seed: number,
  metrics: Record<string, number>,
): void {
  const curveOn = (scores: readonly number[], on: readonly RouterRow[] = test) =>
    routingCurve({ scores, weak: on.map((row) => row.scores[weakName]!), strong: on.map((row) => row.scores[strongName]!) });
  const gain = ({ quality }: RouterPrediction) => quality[strongName]! - quality[weakName]!;
  metrics["random_apgr"] = mean(
    Array.from({ length: 20 }, (_, at) => {
      const random = seededRandom(seed * 1000 + at);
      return curveOn(test.map(() => random())).apgr;
    }),
  );
  metrics["optimal_apgr"] = curveOn(test.map(({ scores }) => scores[strongName]! - scores[weakName]!)).apgr;
  metrics["length_apgr"] = curveOn(test.map(({ prompt }) => prompt.length)).apgr;
  const best = draws.map((predictions) => curveOn(predictions.map(gain)));
  metrics["apgr_best"] = mean(best.map(({ apgr }) => apgr));
  metrics["cpt50"] = mean(best.map(({ cpt50 }) => cpt50));
  metrics["cpt80"] = mean(best.map(({ cpt80 }) => cpt80));
  if (rows.length >= 700) {
    metrics["apgr_500_labels"] = mean(
      Array.from({ length: 8 }, (_, at) => {
        const order = shuffled(rows, seededRandom(seed * 100 + at));
        const small = loadRouter(trainRouter(order.slice(0, 500), { seed }));
        const others = order.slice(500, 4500);
        return curveOn(
          others.map(({ prompt }) => gain(small.predict(prompt))),
          others,
        ).apgr;
      }),
    );
  }
  if (!rows.every(({ responses }) => responses?.[weakName] !== undefined)) return;
  for (const [name, markup] of [
    ["cascade_apgr", true],
    ["cascade_apgr_no_markup", false],
  ] as const) {
    const order = shuffled([...rows.keys()], seededRandom(seed));
    const scores = Array.from<number>({ length: rows.length });
    for (let fold = 0; fold < FOLDS; fold += 1) {
      const train = order.filter((_, at) => at % FOLDS !== fold).map((row) => rows[row]!);
      const predict = loadCascade(trainCascade(train, { weak: weakName, strong: strongName, markup }));
      for (const row of order.filter((_, at) => at % FOLDS === fold)) {
        const { prompt, responses } = rows[row]!;
        scores[row] = predict(prompt, responses![weakName]!).gain;
      }
    }
    metrics[name] = curveOn(scores, rows).apgr;
  }
}

/** Quality and cost on the test at the lambda that reaches the share on other rows: the training rows, or the other half. */
function tuned(
  rows: readonly RouterRow[],
  crossed: readonly RouterPrediction[],
  test: readonly RouterRow[],
  predictions: readonly RouterPrediction[],
  share: number,
  halves: boolean,
): { quality: number; cost: number } {
  const names = modelsOf(rows);
  let quality = 0;
  let cost = 0;
  for (const half of halves ? [0, 1] : [2]) {
    const own = (_: unknown, at: number) => half === 2 || at % 2 !== half;
    const { lambda } = chooseLambda(rows.filter(own), crossed.filter(own), share, CAUTION);
    for (const [at, { scores, costUsd }] of test.entries()) {
      if (half !== 2 && at % 2 !== half) continue;
      const model = bestFor(predictions[at]!, lambda, names);
      quality += scores[model]! / test.length;
      cost += costUsd![model]!;
    }
  }
  return { quality, cost };
}

/** @throws {UsageError} naming file and line. */
export function readRouterRows(path: string): RouterRow[] {
  return readJsonLines<RouterRow>(path, (row) => {
    const parsed = parseRouterRow(JSON.stringify(row));
    return "problem" in parsed ? parsed.problem : undefined;
  });
}
