import { startModelServer } from "@langthrift/model-server";
import { routingMark } from "@langthrift/core";
import { afterAll, describe, expect, it } from "vitest";
import { clientOf } from "../__fixtures__/two-models.ts";
import { syntheticRows } from "../__fixtures__/synthetic-rows.ts";
import { createModelRouter } from "../model-router.ts";
import { clusterPolicy, knnPolicy, thresholdPolicy, trainedPolicy } from "../policies/trained-policy.ts";
import { bestFor, calibrate, operationsOf } from "./calibrate.ts";
import { evaluateRouter } from "./evaluate-router.ts";
import { parseRouterRow, type RouterRow } from "./router-row.ts";
import { seededRandom, shuffled } from "./seeded.ts";
import { crossPredict } from "./cross-predict.ts";
import type { HashedTfidfState } from "./hashed-tfidf.ts";
import { loadRouter } from "./load-router.ts";
import type { RouterArtifact, RouterKind } from "./router-artifact.ts";
import { singleModelHullSaving } from "./savings.ts";
import { trainRouter } from "./train-router.ts";

const kinds: readonly RouterKind[] = ["linear", "knn", "cluster", "ensemble"];
const train = syntheticRows(400, { seed: 1 });
const test = syntheticRows(300, { seed: 2 });
const damaged = ({ linear, knn, cluster, ...rest }: RouterArtifact): RouterArtifact => {
  const broken = <T extends { readonly vectorizer?: HashedTfidfState }>(part: T | undefined) =>
    part && { ...part, vectorizer: { ...part.vectorizer!, weights: "AAAA" } };
  return {
    ...rest,
    ...(linear && { linear: broken(linear)! }),
    ...(knn && { knn: broken(knn)! }),
    ...(cluster && { cluster: broken(cluster)! }),
  };
};
const copy = (artifact: RouterArtifact) => JSON.parse(JSON.stringify(artifact)) as RouterArtifact;

describe.each(kinds)("a router of kind %s", (kind) => {
  const artifact = trainRouter(train, { kind });

  it("learns what can be learnt, and says so on rows that it has not seen", () => {
    const { apgr, verdict } = evaluateRouter(loadRouter(artifact), test, { resamples: 100 });
    // Half of the rows have the whole gain: APGR .75 is the most that the topic can tell.
    expect(apgr!.router).toBeGreaterThan(0.68);
    expect(verdict).toBe("better than length");
  });

  it("is worth nothing on shuffled labels: .50, and the verdict is not to serve it", () => {
    const rows = train.slice(0, 240);
    const areas = [1, 2, 3, 4].map((seed) => {
      const labels = shuffled(rows, seededRandom(seed));
      const mixed = rows.map((row, at) => ({ ...row, scores: labels[at]!.scores }));
      return evaluateRouter(crossPredict(mixed, { kind, folds: 3 }), mixed, { resamples: 1 }).apgr!.router;
    });
    // Rows that a fit has seen would score far above; by chance one run of 240 rows is off by .06 or so.
    expect(Math.abs(areas.reduce((sum, area) => sum + area, 0) / areas.length - 0.5)).toBeLessThan(0.1);
    const random = seededRandom(9);
    const unrelated = test.map((row) => ({ ...row, scores: { weak: random() < 0.5 ? 1 : 0, strong: random() < 0.7 ? 1 : 0 } }));
    const { verdict, warnings } = evaluateRouter(loadRouter(artifact), unrelated, { resamples: 100 });
    expect(verdict).toBe("not better than random");
    expect(warnings.join()).toContain("do not serve");
  });

  it("same rows and seed, same bytes; another seed is written down", () => {
    expect(JSON.stringify(trainRouter(train, { kind }))).toBe(JSON.stringify(artifact));
    expect(trainRouter(train, { kind, seed: 2 }).seed).toBe(2);
  });

  it("survives JSON, holds no prompt, and refuses another version or a damaged one", () => {
    const text = JSON.stringify(artifact);
    for (const { prompt } of train.slice(0, 20)) expect(text).not.toContain(prompt);
    const [before, after] = [loadRouter(artifact), loadRouter(copy(artifact))];
    for (const { prompt } of test.slice(0, 20)) expect(after.predict(prompt)).toEqual(before.predict(prompt));
    expect(() => loadRouter({ ...artifact, version: 1 as unknown as 2 })).toThrow("version 1");
    expect(() => loadRouter(damaged(artifact))).toThrow("damaged");
  });

  it("fits on the training rows alone: what stands in the rows left out changes no prediction for them", () => {
    const rows = train.slice(0, 100);
    const base = crossPredict(rows, { kind, folds: 4 });
    // The labels of one row turned round: its own prediction must stay, that of others may move.
    for (const row of kind === "cluster" ? [17] : [0, 17, 42]) {
      const { weak, strong } = rows[row]!.scores as { weak: number; strong: number };
      const turned = rows.map((own, at) => (at === row ? { ...own, scores: { weak: 1 - weak, strong: 1 - strong } } : own));
      const after = crossPredict(turned, { kind, folds: 4 });
      expect(after[row]).toEqual(base[row]);
      expect(after).not.toEqual(base);
    }
  });
});

describe("cross-validation", () => {
  it("keeps a group on one side", () => {
    const rows = train.slice(0, 80).map((row, index) => ({ ...row, group: `g${index % 8}` }));
    const base = crossPredict(rows, { folds: 4 });
    const turned = rows.map((row) => (row.group === "g3" ? { ...row, scores: { weak: 1, strong: 0 } } : row));
    const after = crossPredict(turned, { folds: 4 });
    for (const [row, { group }] of rows.entries()) if (group === "g3") expect(after[row]).toEqual(base[row]);
  });
});

describe("calibrate", () => {
  const artifact = trainRouter(train);

  it("to a strong share: that share of like traffic goes to the strong model", () => {
    for (const strongShare of [0, 0.3, 1]) {
      const { calibration } = calibrate(artifact, test, { strongShare });
      const router = loadRouter(artifact);
      const share = test.filter(({ prompt }) => {
        const { quality } = router.predict(prompt);
        return quality["strong"]! - quality["weak"]! >= calibration!.threshold!;
      }).length;
      expect(share / test.length).toBeCloseTo(strongShare, 1);
    }
  });

  it("to a quality: reached on the rows, for less; with confidence it is more careful", () => {
    const rows = syntheticRows(400, { seed: 3, costs: true });
    const costed = trainRouter(syntheticRows(400, { seed: 4, costs: true }));
    const plain = calibrate(costed, rows, { qualityOfStrong: 0.97 }).calibration!;
    const careful = calibrate(costed, rows, { qualityOfStrong: 0.97, confidence: 0.95 }).calibration!;
    const strong = rows.reduce((sum, { scores }) => sum + scores["strong"]!, 0) / rows.length;
    expect(plain.quality).toBeGreaterThanOrEqual(0.97 * strong);
    expect(plain.costUsdPer1k).toBeLessThan(9);
    expect(careful.costUsdPer1k).toBeGreaterThanOrEqual(plain.costUsdPer1k!);
  });

  it("to a quality without costs: by a lower bound more requests go to the strong model", () => {
    const shares = [undefined, 0.84, 0.975].map((confidence) => {
      const { calibration } = calibrate(artifact, test, { qualityOfStrong: 0.9, ...(confidence !== undefined && { confidence }) });
      const strong = test.reduce((sum, { scores }) => sum + scores["strong"]!, 0) / test.length;
      expect(calibration!.quality).toBeGreaterThanOrEqual(0.9 * strong);
      return calibration!.threshold!;
    });
    expect(shares[1]).toBeLessThan(shares[0]!);
    expect(shares[2]).toBeLessThan(shares[1]!);
    expect(() => calibrate(artifact, test, { qualityOfStrong: 0.9, confidence: 2 })).toThrow("0.5 to below 1");
  });

  it("to a budget: within it; more lambda never costs more", () => {
    const rows = syntheticRows(400, { seed: 3, costs: true });
    const costed = trainRouter(syntheticRows(400, { seed: 4, costs: true }));
    const { calibration } = calibrate(costed, rows, { budgetUsdPer1k: 4 });
    expect(calibration!.costUsdPer1k).toBeLessThanOrEqual(4);
    const router = loadRouter(costed);
    const predictions = rows.map(({ prompt }) => router.predict(prompt));
    const costs = operationsOf(rows, predictions).map(({ lambda }) =>
      predictions.reduce((sum, prediction) => sum + prediction.costUsd![bestFor(prediction, lambda)]!, 0),
    );
    for (const [step, cost] of costs.entries()) if (step > 0) expect(cost).toBeLessThanOrEqual(costs[step - 1]! + 1e-9);
    expect(() => calibrate(artifact, test, { budgetUsdPer1k: 4 })).toThrow("costUsd");
    expect(() => calibrate(artifact, [], { strongShare: 0.5 })).toThrow("no rows");
  });
});

describe("evaluateRouter", () => {
  it("names a dominated model before anything else", () => {
    const random = seededRandom(5);
    const rows: RouterRow[] = Array.from({ length: 60 }, (_, index) => ({
      id: String(index),
      prompt: `question ${index}`,
      scores: { haiku: random() < 0.4 ? 1 : 0, flash: random() < 0.8 ? 1 : 0 },
      costUsd: { haiku: 0.0037, flash: 0.001 },
    }));
    const evaluation = evaluateRouter(loadRouter(trainRouter(rows)), rows, { resamples: 50 });
    expect(evaluation.models.find(({ model }) => model === "haiku")?.dominatedBy).toBe("flash");
    expect(evaluation.models.find(({ model }) => model === "flash")).not.toHaveProperty("dominatedBy");
    expect(evaluation.warnings[0]).toContain("haiku is dominated by flash");
  });

  it("the hull of single models, by hand", () => {
    const row = (a: number, b: number, c: number): RouterRow => ({
      id: "1",
      prompt: "x",
      scores: { a, b, c },
      costUsd: { a: 1, b: 2, c: 10 },
    });
    // Means .5, .9, 1: 97 % of the best is .97; from b to c by 7 tenths of the way: 2 + .7 × 8 = 7.6 of 10.
    const rows = Array.from({ length: 10 }, (_, at) => row(at < 5 ? 1 : 0, at < 9 ? 1 : 0, 1));
    expect(singleModelHullSaving(rows, 0.97)).toBeCloseTo(0.24, 9);
    expect(singleModelHullSaving(rows, 0.9)).toBeCloseTo(0.8, 9);
  });
});

describe("trained policies in a router", async () => {
  const server = await startModelServer();
  afterAll(() => server.close());
  const candidates = [
    { name: "weak", model: clientOf(server, "gpt-4o-mini"), price: { inputUsdPerMillion: 1, outputUsdPerMillion: 2 } },
    { name: "strong", model: clientOf(server, "gpt-4o"), price: { inputUsdPerMillion: 10, outputUsdPerMillion: 20 } },
  ];
  const easy = "Tell me about the capital and the weather of case 7.";
  const hard = "Tell me about the theorem and the integral of case 7.";

  it.each([
    ["threshold", thresholdPolicy(calibrate(trainRouter(train), test, { strongShare: 0.5 }), { weak: "weak", strong: "strong" })],
    ["linear with prices", trainedPolicy(trainRouter(train), { lambda: 60 })],
    ["knn", knnPolicy(trainRouter(train, { kind: "knn" }), { lambda: 60 })],
    ["cluster", clusterPolicy(trainRouter(train, { kind: "cluster" }), { lambda: 60 })],
  ])("%s: easy to the weak one, hard to the strong one", async (_what, policy) => {
    const router = createModelRouter({ candidates, policy, logger: false });
    expect(routingMark(await router.invoke(easy))?.model).toBe("weak");
    expect(routingMark(await router.invoke(hard))?.model).toBe("strong");
  });

  it("refuses an artefact that is not calibrated, of another kind, or of models that are no candidates", () => {
    expect(() => thresholdPolicy(trainRouter(train), { weak: "weak", strong: "strong" })).toThrow("not calibrated");
    expect(() => knnPolicy(trainRouter(train))).toThrow('kind "linear"');
    expect(() =>
      createModelRouter({
        candidates: candidates.map((own) => ({ ...own, name: `${own.name}-2` })),
        policy: trainedPolicy(trainRouter(train)),
      }),
    ).toThrow("no candidate");
  });
});

describe("rows", () => {
  it.each([
    ["{", "is not JSON"],
    ["[]", "is not an object"],
    ['{"scores":{"a":1}}', "has no `prompt`"],
    ['{"prompt":"x"}', "has no `scores`"],
    ['{"prompt":"x","scores":{"a":2}}', "outside 0 to 1"],
  ])("%s %s", (line, problem) => {
    expect(parseRouterRow(line)).toEqual({ problem: expect.stringContaining(problem) });
  });

  it("too few rows or models are refused", () => {
    expect(() => trainRouter(train.slice(0, 19))).toThrow("too few");
    expect(() => trainRouter(train.map((row) => ({ ...row, scores: { weak: 1 } })))).toThrow("at least two");
  });
});
