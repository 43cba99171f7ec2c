import type { CandidateEvidence } from "./candidate-evidence.ts";

const EXAMPLES_KEPT = 4000;
const FIRST_FIT = 60;
const GROWTH = 1.25;
const MAX_ROUNDS = 30;
const MAX_HALVINGS = 20;
const ENTRIES_USED = 500;

/** What is believed before any example: rises with similarity, certain of nothing. In the order of `features`. */
const priorMeans: readonly number[] = [-1, 1, 0, 0, 0, 0];
/** How firmly, as a precision: the intercept hardly at all. */
const priorPrecisions: readonly number[] = [0.05, 0.3, 0.3, 0.3, 0.3, 0.3];
const WIDTH = priorMeans.length;
/** Variance of entries about the pool, believed as firmly as that of four entries. */
const SPREAD = 0.5;
const SPREAD_ENTRIES = 4;
const SPREAD_ROUNDS = 5;

/** A judged candidate. */
export interface Example {
  readonly entryId: string;
  readonly input: readonly number[];
  readonly correct: boolean;
}

/** How an entry differs from the pool, on the logit scale: some answers fit many questions, some only their own. */
interface EntryEffect {
  readonly mean: number;
  readonly variance: number;
}

/**
 * Learns as it goes how likely a candidate's answer is right: Bayesian logistic regression, Gaussian prior, Laplace's approximation, fitted
 * anew after 60 examples and then after each quarter more, on the latest 4,000; over it an effect of each entry, whose spread is learned from
 * entries with several labels (empirical Bayes). Knows of judges that err: a label is wrong with a given chance, whatever the candidate.
 * Deterministic given the examples.
 */
export class OnlineEstimate {
  readonly #judgeErrorRate: number;
  #examples: Example[] = [];
  #spread = SPREAD;
  #weights: number[] = [...priorMeans];
  #covariance: number[][] | undefined;
  #count = 0;
  #nextFit = FIRST_FIT;

  constructor(judgeErrorRate: number) {
    this.#judgeErrorRate = judgeErrorRate;
  }

  get fitted(): boolean {
    return this.#covariance !== undefined;
  }

  /** Raised by each fit. */
  version = 0;

  add(example: Example): void {
    this.#examples.push(example);
    if (this.#examples.length > EXAMPLES_KEPT) this.#examples.shift();
    this.#count += 1;
    if (this.#count < this.#nextFit) return;
    this.#nextFit = Math.ceil(this.#count * GROWTH);
    this.#fit();
    this.#fitSpread();
    this.version += 1;
  }

  /** The chance that a candidate is right, less `caution` standard deviations of what the fit does not know. */
  chance(input: readonly number[], effect: EntryEffect, caution: number): number {
    let variance = 0;
    for (let row = 0; row < WIDTH; row += 1) {
      const line = this.#covariance?.[row];
      if (line) for (let column = 0; column < WIDTH; column += 1) variance += at(input, row) * at(line, column) * at(input, column);
    }
    const logit = product(this.#weights, input) - caution * Math.sqrt(Math.max(0, variance));
    // The fit averages over entries, which flattens it; an entry of which more is known is judged by the steeper curve.
    return sigmoid((logit * widening(this.#spread) + effect.mean) / widening(effect.variance));
  }

  /** Posterior of an entry's effect given its own examples. */
  effectOf(examples: readonly Pick<Example, "input" | "correct">[], spread: number = this.#spread): EntryEffect {
    if (examples.length === 0) return { mean: 0, variance: spread };
    const offsets = examples.map(({ input }) => product(this.#weights, input) * widening(spread));
    let mean = 0;
    let information = 1 / spread;
    for (let round = 0; round < 12; round += 1) {
      let gradient = mean / spread;
      information = 1 / spread;
      for (const [index, { correct }] of examples.entries()) {
        const chance = sigmoid(at(offsets, index) + mean);
        const { pull, weight } = this.#score(chance, correct);
        gradient += pull;
        information += weight;
      }
      const step = gradient / information;
      // Bounded, because far out the curve is flat and a full step overshoots.
      mean -= Math.max(-1, Math.min(1, step));
      if (Math.abs(step) < 1e-4) break;
    }
    return { mean, variance: 1 / information };
  }

  snapshot(): OnlineEstimateState {
    return {
      examples: this.#examples.map(({ entryId, input, correct }) => [entryId, input, correct ? 1 : 0]),
      weights: this.#weights,
      covariance: this.#covariance ?? null,
      spread: this.#spread,
      count: this.#count,
      nextFit: this.#nextFit,
      version: this.version,
    };
  }

  restore({ examples, weights, covariance, spread, count, nextFit, version }: OnlineEstimateState): void {
    this.#examples = examples.map(([entryId, input, correct]) => ({ entryId, input: [...input], correct: correct === 1 }));
    this.#weights = [...weights];
    this.#covariance = covariance?.map((line) => [...line]);
    this.#spread = spread;
    this.#count = count;
    this.#nextFit = nextFit;
    this.version = version;
  }

  /** Expectation maximisation over the entries with several labels; single ones say nothing about how entries differ. */
  #fitSpread(): void {
    const byEntry = new Map<string, Example[]>();
    for (const example of this.#examples) {
      const own = byEntry.get(example.entryId);
      if (own) own.push(example);
      else byEntry.set(example.entryId, [example]);
    }
    const several = [...byEntry.values()].filter((own) => own.length > 1).slice(-ENTRIES_USED);
    for (let round = 0; round < SPREAD_ROUNDS; round += 1) {
      let sum = SPREAD * SPREAD_ENTRIES;
      for (const own of several) {
        const { mean, variance } = this.effectOf(own);
        sum += mean * mean + variance;
      }
      this.#spread = sum / (SPREAD_ENTRIES + several.length);
    }
  }

  /** Fisher scoring from the last weights; a step that does not lower the loss is halved, so that separable examples are no trouble. */
  #fit(): void {
    let weights = this.#weights;
    let loss = this.#loss(weights);
    let covariance = this.#covariance;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const { information, gradient } = this.#curvature(weights);
      covariance = invert(information);
      const step = covariance.map((line) => line.reduce((sum, value, index) => sum + value * at(gradient, index), 0));
      let scale = 1;
      let next = weights;
      let nextLoss = Infinity;
      for (let halving = 0; halving < MAX_HALVINGS && !(nextLoss <= loss); halving += 1) {
        const tried = scale;
        next = weights.map((weight, index) => weight - tried * at(step, index));
        nextLoss = this.#loss(next);
        scale /= 2;
      }
      if (!(nextLoss <= loss)) break;
      const gained = loss - nextLoss;
      weights = next;
      loss = nextLoss;
      if (gained <= 1e-8 * Math.abs(loss)) break;
    }
    this.#weights = weights;
    this.#covariance = covariance;
  }

  #loss(weights: readonly number[]): number {
    let loss = 0;
    for (let index = 0; index < WIDTH; index += 1) {
      loss += 0.5 * at(priorPrecisions, index) * (at(weights, index) - at(priorMeans, index)) ** 2;
    }
    for (const { input, correct } of this.#examples) {
      const seen = this.#seenRight(sigmoid(product(weights, input)));
      loss -= Math.log(Math.max(1e-12, correct ? seen : 1 - seen));
    }
    return loss;
  }

  #curvature(weights: readonly number[]): { information: number[][]; gradient: number[] } {
    const gradient = Array.from({ length: WIDTH }, (_, index) => at(priorPrecisions, index) * (at(weights, index) - at(priorMeans, index)));
    const information = Array.from({ length: WIDTH }, (_, row) =>
      Array.from({ length: WIDTH }, (__, column) => (row === column ? at(priorPrecisions, row) : 0)),
    );
    for (const { input, correct } of this.#examples) {
      const { pull, weight } = this.#score(sigmoid(product(weights, input)), correct);
      for (let row = 0; row < WIDTH; row += 1) {
        const value = at(input, row);
        gradient[row] = at(gradient, row) + pull * value;
        const line = information[row] ?? [];
        for (let column = 0; column < WIDTH; column += 1) line[column] = at(line, column) + weight * value * at(input, column);
      }
    }
    return { information, gradient };
  }

  /** How a label pulls at the logit, and how much it tells. */
  #score(chance: number, correct: boolean): { pull: number; weight: number } {
    const seen = this.#seenRight(chance);
    const slope = (1 - 2 * this.#judgeErrorRate) * chance * (1 - chance);
    const spread = Math.max(1e-12, seen * (1 - seen));
    return { pull: ((seen - (correct ? 1 : 0)) * slope) / spread, weight: (slope * slope) / spread };
  }

  /** The chance that the judge says right. */
  #seenRight(chance: number): number {
    return this.#judgeErrorRate + (1 - 2 * this.#judgeErrorRate) * chance;
  }
}

export interface OnlineEstimateState {
  readonly examples: readonly (readonly [string, readonly number[], number])[];
  readonly weights: readonly number[];
  readonly covariance: readonly (readonly number[])[] | null;
  readonly spread: number;
  readonly version: number;
  readonly count: number;
  readonly nextFit: number;
}

/** What the estimate sees of a candidate; similarities are measured by the room above the floor, in which encoders differ. */
export function features(similarity: number, evidence: CandidateEvidence | undefined, floor: number): readonly number[] {
  const unit = 0.4 * Math.max(1 - floor, 0.01);
  const middle = (1 + floor) / 2;
  const far = floor - unit;
  const agreeing = evidence?.agreeing ?? 0;
  return [
    1,
    (similarity - middle) / unit,
    // Without neighbours nothing is known of rivals: neither for nor against.
    evidence ? (similarity - Math.max(far, evidence.rival ?? far)) / unit : 0,
    evidence && evidence.followers > 0 ? agreeing / evidence.followers - 0.5 : 0,
    Math.log1p(agreeing) - 0.5,
    evidence ? evidence.overlap - 0.5 : 0,
  ];
}

/** How much wider the logistic curve gets when its place varies: E σ(z + b) ≈ σ(z / √(1 + π/8 · var b)). */
function widening(variance: number): number {
  return Math.sqrt(1 + (Math.PI / 8) * variance);
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function product(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < WIDTH; index += 1) sum += at(a, index) * at(b, index);
  return sum;
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}

/** Gauss-Jordan elimination with partial pivoting. The matrix is positive definite: the prior sees to that. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const lines = matrix.map((line, row) => [...line, ...Array.from({ length: size }, (_, column) => (row === column ? 1 : 0))]);
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) {
      if (Math.abs(at(lines[row] ?? [], column)) > Math.abs(at(lines[pivot] ?? [], column))) pivot = row;
    }
    [lines[column], lines[pivot]] = [lines[pivot] ?? [], lines[column] ?? []];
    const line = lines[column] ?? [];
    const scale = at(line, column);
    for (let index = 0; index < line.length; index += 1) line[index] = at(line, index) / scale;
    for (const [row, other] of lines.entries()) {
      const factor = row === column ? 0 : at(other, column);
      if (factor !== 0) for (let index = 0; index < other.length; index += 1) other[index] = at(other, index) - factor * at(line, index);
    }
  }
  return lines.map((line) => line.slice(size));
}
