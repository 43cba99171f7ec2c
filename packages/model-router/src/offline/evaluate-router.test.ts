import { describe, expect, it } from "vitest";
import { elevenModelRows, syntheticRows } from "../__fixtures__/synthetic-rows.ts";
import { calibrate } from "./calibrate.ts";
import { crossPredict } from "./cross-predict.ts";
import { chooseLambda } from "./calibrate.ts";
import { evaluateRouter } from "./evaluate-router.ts";
import { loadRouter } from "./load-router.ts";
import type { RouterPrediction } from "./router-artifact.ts";
import { meanScore, modelsOf, parseRouterRow, type RouterRow } from "./router-row.ts";
import { singleModelHullSaving } from "./savings.ts";
import { trainRouter } from "./train-router.ts";

/** Rows of two tasks with given scores, and predictions that say nothing. */
const table = (...scores: readonly (readonly [task: string, weak: number, strong: number])[]): RouterRow[] =>
  scores.map(([task, weak, strong], index) => ({ id: String(index), prompt: `request ${index}`, scores: { weak, strong }, task }));
const flat = (rows: readonly RouterRow[]): RouterPrediction[] => rows.map(() => ({ quality: { weak: 0.5, strong: 0.5 } }));

describe("baselines by hand", () => {
  // Task a: the strong model gains on each; task b: on none.
  const rows = table(["a", 0, 1], ["a", 0, 1], ["b", 1, 1], ["b", 1, 1]);

  it("knowing the task is perfect where the task tells everything", () => {
    const { apgr, score } = evaluateRouter(flat(rows), rows, { resamples: 5 });
    expect(apgr!.taskMeans).toBeCloseTo(apgr!.oracle, 9);
    expect(apgr!.router).toBeCloseTo(0.5, 9);
    expect(score).toMatchObject({ random: 0.75, bestSingle: 1, oracle: 1 });
  });

  it("a task's mean leaves the row itself out: tasks of one row tell nothing", () => {
    const alone = rows.map((row, at) => ({ ...row, task: String(at) }));
    expect(evaluateRouter(flat(alone), alone, { resamples: 5 }).apgr!.taskMeans).toBeLessThanOrEqual(0.5);
  });

  it("without tasks there is no such baseline; `domain` in a file is a task", () => {
    const plain = rows.map(({ id, prompt, scores }) => ({ id, prompt, scores }));
    expect(evaluateRouter(flat(plain), plain, { resamples: 5 }).apgr).not.toHaveProperty("taskMeans");
    expect(parseRouterRow('{"prompt":"x","scores":{"a":1},"domain":"law"}')).toMatchObject({ task: "law" });
  });
});

describe("flip rate", () => {
  const train = syntheticRows(300);
  const test = syntheticRows(150, { seed: 2 });

  it("is low where the words decide, and not reported for predictions alone", () => {
    const router = loadRouter(trainRouter(train));
    const { flips } = evaluateRouter(router, test, { resamples: 5 });
    for (const rate of Object.values(flips!)) expect(rate).toBeLessThan(0.2);
    expect(
      evaluateRouter(
        test.map(({ prompt }) => router.predict(prompt)),
        test,
        { resamples: 5 },
      ),
    ).not.toHaveProperty("flips");
  });

  it("is high for a router that goes by the case of letters", () => {
    const router = loadRouter(trainRouter(train));
    const fickle = {
      ...router,
      predict: (prompt: string) => ({ quality: { weak: 0.5, strong: /[A-Z]/.test(prompt) ? 1 : 0 } }),
    };
    expect(evaluateRouter(fickle, test, { resamples: 5 }).flips).toMatchObject({ case: 1, whitespace: 0 });
  });
});

describe("a calibrated router on other rows", () => {
  it("two models: share, quality and what it keeps of the strong one's, with an interval", () => {
    const artifact = calibrate(trainRouter(syntheticRows(300)), syntheticRows(300, { seed: 2 }), { strongShare: 0.5 });
    const { calibrated } = evaluateRouter(loadRouter(artifact), syntheticRows(300, { seed: 3 }), { resamples: 100 });
    expect(calibrated!.strongShare).toBeCloseTo(0.5, 0);
    expect(calibrated!.qualityOfStrong).toBeGreaterThan(0.9);
    const [low, high] = calibrated!.qualityOfStrongCi95;
    expect(low).toBeLessThan(calibrated!.qualityOfStrong);
    expect(high).toBeGreaterThan(calibrated!.qualityOfStrong);
    expect(calibrated).not.toHaveProperty("saving");
  });

  it("says which share of the rows is unlike the training", () => {
    const foreign = syntheticRows(60).map((row) => ({ ...row, prompt: `Пожалуйста, расскажи о случае ${row.id}` }));
    const { unfamiliarShare, warnings } = evaluateRouter(loadRouter(trainRouter(syntheticRows(100))), foreign, { resamples: 5 });
    expect(unfamiliarShare).toBe(1);
    expect(warnings.join()).toContain("unlike the training");
  });
});

describe("eleven models with prices", { timeout: 120_000 }, () => {
  const train = elevenModelRows(800, { seed: 1 });
  const test = elevenModelRows(600, { seed: 2 });
  const strongest = modelsOf(train).at(-1)!;
  const crossed = crossPredict(train, { kind: "knn" });
  const artifact = trainRouter(train, { kind: "knn" });

  it("lambda chosen on the training rows with a margin saves much and keeps 96.5 % on others, where mixing single models saves little", () => {
    const { lambda } = chooseLambda(train, crossed, 0.97, 1);
    const calibration = { target: "qualityOfStrong", value: 0.97, lambda, rows: train.length, quality: 0 } as const;
    const { calibrated, mixSavingsAt } = evaluateRouter(loadRouter({ ...artifact, calibration }), test, { resamples: 100 });
    expect(calibrated!.qualityOfStrong).toBeGreaterThanOrEqual(0.965);
    expect(calibrated!.saving).toBeGreaterThan(0.45);
    expect(calibrated!.saving).toBeGreaterThan(mixSavingsAt!["0.97"]! + 0.1);
    expect(mixSavingsAt!["0.97"]).toBeCloseTo(singleModelHullSaving(test, 0.97), 12);
    expect(calibrated!.savingCi95![0]).toBeLessThan(calibrated!.saving!);
  });

  it("a margin in standard errors costs some of the saving", () => {
    const spent = [0, 1, 2].map((margin) => chooseLambda(train, crossed, 0.97, margin).costUsd);
    expect(spent[0]).toBeLessThanOrEqual(spent[1]!);
    expect(spent[1]).toBeLessThanOrEqual(spent[2]!);
    expect(chooseLambda(train, crossed, 0.97).quality).toBeGreaterThanOrEqual(0.97 * meanScore(train, strongest));
  });

  it("the verdict is about the best single model, with its error; warnings say what to do", () => {
    const { verdict, score } = evaluateRouter(loadRouter(artifact), test, { resamples: 100 });
    expect(score.taskMeans).toBeGreaterThanOrEqual(score.random);
    expect(verdict).toBe(score.overBestSingle[0] > 0 ? "better than the best single model" : "no better than the best single model");
    const worst = test.map(({ scores }): RouterPrediction => ({
      quality: Object.fromEntries(Object.entries(scores).map(([model, value]) => [model, 1 - value])),
    }));
    const bad = evaluateRouter(worst, test, { resamples: 20 });
    expect(bad.verdict).toBe("not better than random");
    expect(bad.warnings.join()).toContain("Not better than random on this data");
  });
});
