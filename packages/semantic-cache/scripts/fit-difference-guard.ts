/**
 * Fits the weights of the difference guard's leftovers (`src/guards/weights.ts`) on labelled pairs.
 *
 *     node scripts/fit-difference-guard.ts PAIRS.jsonl [MORE.jsonl …] [--write]
 *
 * Rows: `{ a, b, label: "same" | "different", category }`. Only pairs that pass every rule are used. Reports what
 * cross-validation by category leaves, at several limits; `--write` stores weights fitted on everything. Needs a Node that strips
 * types (22.18 or newer), run with `--conditions=langthrift:source`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compareTexts } from "../src/guards/comparison.ts";
import { FEATURES } from "../src/guards/features.ts";
import { parseText } from "../src/guards/parse.ts";

interface Row {
  readonly a: string;
  readonly b: string;
  readonly label: "same" | "different";
  readonly category?: string;
  readonly cos?: number;
}
interface Sample {
  readonly x: readonly number[];
  readonly y: 0 | 1;
  readonly group: string;
  readonly row: Row;
}

const files = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const RIDGE = 1.5;
const FOLDS = 10;

const samples: Sample[] = [];
const all = { same: 0, different: 0 };
for (const file of files) {
  for (const line of readFileSync(file, "utf8").trim().split("\n")) {
    const row = JSON.parse(line) as Row;
    all[row.label] += 1;
    const { veto, features } = compareTexts(parseText(row.a), parseText(row.b));
    if (veto !== null || features === null) continue;
    // Pairs of one first text stay together, or the folds would know each other.
    samples.push({ x: features, y: row.label === "different" ? 1 : 0, group: row.a, row });
  }
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** Ridge logistic regression by gradient descent with backtracking; weights that should only ever add suspicion stay at 0 or above. */
function fit(train: readonly Sample[]): { bias: number; weights: number[] } {
  const weights = FEATURES.map(() => 0);
  let bias = 0;
  const positives = train.filter((sample) => sample.y === 1).length;
  const balance = [train.length / (2 * Math.max(1, train.length - positives)), train.length / (2 * Math.max(1, positives))];
  const velocity = [...weights, 0].map(() => 0);
  for (let step = 0; step < 1500; step += 1) {
    const gradient = weights.map((w) => RIDGE * w);
    let biasGradient = 0;
    for (const { x, y } of train) {
      let z = bias;
      for (let i = 0; i < x.length; i += 1) z += (weights[i] ?? 0) * (x[i] ?? 0);
      const error = (sigmoid(z) - y) * (balance[y] ?? 1);
      biasGradient += error;
      for (let i = 0; i < x.length; i += 1) gradient[i] = (gradient[i] ?? 0) + error * (x[i] ?? 0);
    }
    const rate = 2 / train.length;
    for (let i = 0; i < weights.length; i += 1) {
      velocity[i] = 0.9 * (velocity[i] ?? 0) - rate * (gradient[i] ?? 0);
      weights[i] = Math.max(0, (weights[i] ?? 0) + (velocity[i] ?? 0));
    }
    velocity[weights.length] = 0.9 * (velocity[weights.length] ?? 0) - rate * biasGradient;
    bias += velocity[weights.length] ?? 0;
  }
  return { bias, weights };
}

const score = (model: { bias: number; weights: readonly number[] }, x: readonly number[]): number =>
  sigmoid(model.weights.reduce((sum, w, i) => sum + w * (x[i] ?? 0), model.bias));

// A fixed hash of the group decides the fold: the same on every run.
const foldOf = (group: string): number => Array.from(group).reduce((h, c) => (h * 31 + (c.codePointAt(0) ?? 0)) % 1_000_003, 7) % FOLDS;
const chances: { p: number; sample: Sample }[] = [];
for (let fold = 0; fold < FOLDS; fold += 1) {
  const model = fit(samples.filter((sample) => foldOf(sample.group) !== fold));
  for (const sample of samples) if (foldOf(sample.group) === fold) chances.push({ p: score(model, sample.x), sample });
}
console.log(
  "pairs",
  all,
  "after the rules",
  samples.filter((s) => s.y === 0).length,
  "same,",
  samples.filter((s) => s.y === 1).length,
  "different",
);
for (const limit of [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]) {
  const served = chances.filter(({ p }) => p <= limit);
  const near = (c: { sample: Sample }): boolean => (c.sample.row.cos ?? 1) >= 0.88;
  const count = (list: readonly { sample: Sample }[], y: number): number => list.filter((c) => c.sample.y === y && near(c)).length;
  console.log(
    `limit ${limit}: same kept ${count(served, 0)} of ${count(chances, 0)} after the rules, different served ${count(served, 1)} of ${count(chances, 1)}`,
  );
}
const model = fit(samples);
console.log(FEATURES.map((name, i) => `${name} ${(model.weights[i] ?? 0).toFixed(2)}`).join(", "), "bias", model.bias.toFixed(2));
if (process.argv.includes("--show")) {
  for (const { p, sample } of chances.toSorted((x, y) => x.p - y.p)) {
    if (sample.y === 1 ? p < 0.5 : p > 0.5)
      console.log(sample.y === 1 ? "SERVED" : "LOST", p.toFixed(2), sample.row.cos ?? "", "|", sample.row.a, "|", sample.row.b);
  }
}
if (process.argv.includes("--write")) {
  const lines = FEATURES.map((name, i) => `  ${name}: ${Number((model.weights[i] ?? 0).toFixed(3))},`);
  writeFileSync(
    fileURLToPath(new URL("../src/guards/weights.ts", import.meta.url)),
    `import type { FeatureName } from "./features.ts";

// Fitted by scripts/fit-difference-guard.ts. The chance that two texts differ is σ(BIAS + Σ weight · feature).
export const BIAS = ${Number(model.bias.toFixed(3))};
export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
${lines.join("\n")}
};
/** Above this chance \`strict\` refuses. */
export const STRICT_LIMIT = 0.5;
`,
  );
}
