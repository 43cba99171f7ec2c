import { describe, expect, it } from "vitest";
import { syntheticRows } from "../__fixtures__/synthetic-rows.ts";
import { crossPredict } from "./cross-predict.ts";
import { loadRouter } from "./load-router.ts";
import type { RouterArtifact } from "./router-artifact.ts";
import { trainCascade, trainedScorer } from "./train-cascade.ts";
import { trainRouter } from "./train-router.ts";

const rows = syntheticRows(120, { costs: true });
const artifact = trainRouter(rows, { pricedAt: "2026-11-24" });

describe("an artefact", () => {
  it("says what it was made of: rows, prices and how texts are read", () => {
    expect(artifact).toMatchObject({ version: 2, rows: 120, pricedAt: "2026-11-24" });
    const other = rows.map((row, at) => (at === 5 ? { ...row, scores: { weak: 0.5, strong: 0.5 } } : row));
    expect(trainRouter(other).dataHash).not.toBe(artifact.dataHash);
    expect(trainRouter(rows).dataHash).toBe(artifact.dataHash);
    expect(trainRouter(rows, { kind: "knn" }).vectorizerHash).not.toBe(artifact.vectorizerHash);
    expect(() => trainRouter(rows, { pricedAt: "yesterday" })).toThrow("YYYY-MM-DD");
  });

  it.each<[string, Partial<RouterArtifact> | object, string]>([
    ["an older version", { version: 1 }, "has version 1; this release reads version 2. Train it again."],
    ["no version", { version: undefined }, "has version undefined"],
    [
      "weights changed by hand",
      { features: { ...artifact.features, means: artifact.features.means.map(() => 0) } },
      "vectoriser hash differs",
    ],
    ["words of another artefact", { coverage: { ...artifact.coverage, threshold: 0 } }, "vectoriser hash differs"],
    ["the hash of a release that reads texts otherwise", { vectorizerHash: "0".repeat(64) }, "made by another release"],
    ["weights cut off", { linear: { ...artifact.linear!, weights: artifact.linear!.weights.map((own) => own.slice(0, 400)) } }, "cut off"],
    ["nothing learnt", { linear: undefined }, "no model in it"],
  ])("with %s is refused, and the error says what to do", (_what, change, message) => {
    const changed = { ...artifact, ...change } as RouterArtifact;
    expect(() => loadRouter(changed)).toThrow(message);
    expect(() => loadRouter(changed)).toThrow("Train it again");
  });
});

it("word weights are those of the training folds: a word of the rows left out changes no weight for them", () => {
  const word = "zeugma";
  // The word stands in one fold alone; if its weight were counted over all rows, predictions of that fold would move with how often it stands there.
  const group = (row: number) => (row < 30 ? "out" : `in-${row % 3}`);
  const grouped = rows.map((row, at) => ({ ...row, group: group(at) }));
  const once = grouped.map((row, at) => (at === 0 ? { ...row, prompt: `${row.prompt} ${word}` } : row));
  const often = once.map((row, at) => (at > 0 && at < 30 ? { ...row, prompt: `${row.prompt} ${word}` } : row));
  for (const kind of ["linear", "knn"] as const) {
    const [a, b] = [once, often].map((own) => crossPredict(own, { kind, folds: 4 }));
    expect(a![0]).toEqual(b![0]);
  }
});

describe("trainedScorer", () => {
  const answers = syntheticRows(200).map((row) => {
    const right = row.scores["weak"] === 1;
    return {
      ...row,
      scores: { weak: row.scores["weak"]!, strong: 1 },
      responses: { weak: right ? "The result is certainly 12." : "I am not sure, maybe approximately" },
    };
  });
  const scorer = trainedScorer(trainCascade(answers, { weak: "weak", strong: "strong" }));
  const judge = (text: string) => scorer.score({ task: answers[0]!.prompt, text } as Parameters<typeof scorer.score>[0]);

  it("accepts drafts like the right ones, escalates drafts like the wrong ones, with what it expected", async () => {
    const [good, bad] = [await judge("The result is certainly 40."), await judge("I am not sure, maybe approximately")];
    expect(good!.score).toBeGreaterThan(0.7);
    expect(bad!.score).toBeLessThan(0.3);
    expect(good!.evidence).toMatchObject({ gain: expect.any(Number), expected: expect.any(Number) });
  });

  it("cannot judge an empty draft, and refuses rows without answers or an artefact of another version", async () => {
    expect(await judge("")).toBeNull();
    expect(() => trainCascade(rows, { weak: "weak", strong: "strong" })).toThrow("0 rows have an answer");
    expect(() => trainedScorer({ ...trainCascade(answers, { weak: "weak", strong: "strong" }), version: 3 as unknown as 1 })).toThrow(
      "version 3",
    );
  });
});
