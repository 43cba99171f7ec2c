import { InvalidOptionError } from "@langthrift/core";
import type { CandidateEvidence } from "./candidate-evidence.ts";

/** A fitted estimate of the chance that a candidate's answer is right. Plain JSON. */
export interface EvidenceModel {
  readonly version: 1;
  /** For an intercept and the standardised features, in the order of `evidenceFeatures`. */
  readonly weights: readonly number[];
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** A candidate that was judged. */
export interface EvidenceExample {
  readonly evidence: CandidateEvidence;
  /** Whether its answer fitted the question. */
  readonly right: boolean;
}

/** Options of {@link fitEvidenceModel}. */
export interface FitEvidenceOptions {
  /** Pulls weights towards 0, in units of examples. @default 1 */
  readonly ridge?: number;
}

const MAX_ROUNDS = 50;
const CONVERGED = 1e-7;
/** A similarity for what is too far away to be seen: a neighbour below it tells nothing. */
const FAR = 0.6;

/**
 * Fits a logistic regression by Newton's method. Deterministic.
 *
 * @throws {InvalidOptionError} when the examples are all right, all wrong, or fewer than 20.
 */
export function fitEvidenceModel(examples: readonly EvidenceExample[], { ridge = 1 }: FitEvidenceOptions = {}): EvidenceModel {
  const right = examples.filter((example) => example.right).length;
  if (examples.length < 20 || right === 0 || right === examples.length) {
    throw new InvalidOptionError(
      `An evidence model needs 20 judged candidates, right ones and wrong ones; there are ${examples.length}, ${right} of them right.`,
    );
  }
  const rows = examples.map(({ evidence }) => evidenceFeatures(evidence));
  const width = rows[0]?.length ?? 0;
  const means = column(width, (at) => average(rows, (row) => row[at] as number));
  const deviations = column(width, (at) => Math.sqrt(average(rows, (row) => ((row[at] as number) - (means[at] as number)) ** 2)) || 1);
  const inputs = rows.map((row) => [1, ...standardise(row, means, deviations)]);
  const weights = Array.from({ length: width + 1 }, () => 0);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const step = newtonStep(inputs, examples, weights, ridge);
    let largest = 0;
    for (const [at, change] of step.entries()) {
      weights[at] = (weights[at] as number) + change;
      largest = Math.max(largest, Math.abs(change));
    }
    if (largest < CONVERGED) break;
  }
  return { version: 1, weights, means, deviations };
}

/** The chance that the candidate's answer is right, 0 to 1. */
export function estimateRight(model: EvidenceModel, evidence: CandidateEvidence): number {
  const features = standardise(evidenceFeatures(evidence), model.means, model.deviations);
  let score = model.weights[0] as number;
  for (const [at, value] of features.entries()) score += (model.weights[at + 1] as number) * value;
  return 1 / (1 + Math.exp(-score));
}

/** What the model sees of the evidence. */
function evidenceFeatures({ similarity, rival, next, agreeing, followers, overlap, shorter, longer }: CandidateEvidence): number[] {
  const margin = similarity - Math.max(FAR, rival ?? FAR);
  return [
    similarity,
    similarity ** 2,
    margin,
    margin ** 2,
    similarity * margin,
    agreeing,
    followers,
    agreeing * similarity,
    Math.max(FAR, next ?? FAR),
    overlap,
    Math.log1p(shorter),
    Math.log1p(longer),
  ];
}

function newtonStep(
  inputs: readonly number[][],
  examples: readonly EvidenceExample[],
  weights: readonly number[],
  ridge: number,
): number[] {
  const width = weights.length;
  const system = Array.from({ length: width }, () => Array.from({ length: width + 1 }, () => 0));
  for (const [index, input] of inputs.entries()) {
    let score = 0;
    for (let at = 0; at < width; at += 1) score += (weights[at] as number) * (input[at] as number);
    const chance = 1 / (1 + Math.exp(-score));
    const error = (examples[index]?.right ? 1 : 0) - chance;
    const curvature = chance * (1 - chance);
    for (let row = 0; row < width; row += 1) {
      const line = system[row] as number[];
      const value = input[row] as number;
      line[width] = (line[width] as number) + error * value;
      for (let other = 0; other <= row; other += 1) line[other] = (line[other] as number) + curvature * value * (input[other] as number);
    }
  }
  for (let row = 0; row < width; row += 1) {
    const line = system[row] as number[];
    // The intercept is not pulled; a trace keeps the system solvable when all chances are 0 or 1.
    const pull = row === 0 ? 1e-9 : ridge;
    line[row] = (line[row] as number) + pull;
    line[width] = (line[width] as number) - (row === 0 ? 0 : ridge * (weights[row] as number));
    for (let other = row + 1; other < width; other += 1) line[other] = (system[other] as number[])[row] as number;
  }
  return solve(system);
}

/** Gauss-Jordan elimination with partial pivoting; each line holds its right-hand side last. */
function solve(system: number[][]): number[] {
  const width = system.length;
  for (let at = 0; at < width; at += 1) {
    let pivot = at;
    for (let row = at + 1; row < width; row += 1) {
      if (Math.abs((system[row] as number[])[at] as number) > Math.abs((system[pivot] as number[])[at] as number)) pivot = row;
    }
    [system[at], system[pivot]] = [system[pivot] as number[], system[at] as number[]];
    const line = system[at] as number[];
    for (let row = 0; row < width; row += 1) {
      if (row === at) continue;
      const other = system[row] as number[];
      const factor = (other[at] as number) / (line[at] as number);
      if (factor === 0) continue;
      for (let entry = at; entry <= width; entry += 1) other[entry] = (other[entry] as number) - factor * (line[entry] as number);
    }
  }
  return system.map((line, at) => (line[width] as number) / (line[at] as number));
}

function standardise(row: readonly number[], means: readonly number[], deviations: readonly number[]): number[] {
  return row.map((value, at) => (value - (means[at] as number)) / (deviations[at] as number));
}

function column(width: number, value: (at: number) => number): number[] {
  return Array.from({ length: width }, (_, at) => value(at));
}

function average(rows: readonly number[][], value: (row: number[]) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
}
