import type { CacheLabel } from "../cache-store.ts";
import type { LikelihoodGrid } from "./likelihood-grid.ts";

const ENTRIES_USED = 500;
const ROUNDS = 4;
const FIRST_FIT = 25;
const GROWTH = 1.5;
const UNIFORM_COUNT = 20;

type GridLabel = Pick<CacheLabel, "similarity" | "correct">;

/**
 * What the labelled entries of a group have in common, as the starting point for each of them: the mean of their posteriors, with 20
 * imagined entries that know nothing (empirical Bayes by expectation maximisation, 4 rounds over the last 500 labelled entries).
 */
export class PooledPrior {
  /** Raised by each fit; posteriors made from an older one are out of date. */
  version = 0;
  readonly #grid: LikelihoodGrid;
  readonly #labelsByEntry = new Map<string, GridLabel[]>();
  #weights: Float64Array;
  #labels = 0;
  #nextFit = FIRST_FIT;

  constructor(grid: LikelihoodGrid) {
    this.#grid = grid;
    this.#weights = grid.uniform();
  }

  get fitted(): boolean {
    return this.version > 0;
  }

  get weights(): Float64Array {
    return this.#weights;
  }

  add(entryId: string, label: GridLabel): void {
    const labels = this.#labelsByEntry.get(entryId) ?? [];
    labels.push(label);
    if (labels.length > 64) labels.shift();
    // Re-inserted, so that the map's order is that of the latest labels.
    this.#labelsByEntry.delete(entryId);
    this.#labelsByEntry.set(entryId, labels);
    if (this.#labelsByEntry.size > ENTRIES_USED) this.#labelsByEntry.delete(this.#labelsByEntry.keys().next().value ?? "");
    this.#labels += 1;
    if (this.#labels < this.#nextFit) return;
    this.#nextFit = Math.ceil(this.#labels * GROWTH);
    this.#fit();
  }

  snapshot(): PriorState {
    return {
      version: this.version,
      labels: this.#labels,
      nextFit: this.#nextFit,
      weights: [...this.#weights],
      entries: [...this.#labelsByEntry].map(([id, labels]) => [id, labels.map(({ similarity, correct }) => [similarity, correct ? 1 : 0])]),
    };
  }

  restore({ version, labels, nextFit, weights, entries }: PriorState): void {
    this.version = version;
    this.#labels = labels;
    this.#nextFit = nextFit;
    this.#weights = Float64Array.from(weights);
    this.#labelsByEntry.clear();
    for (const [id, list] of entries) {
      this.#labelsByEntry.set(
        id,
        list.map(([similarity = 0, correct]) => ({ similarity, correct: correct === 1 })),
      );
    }
  }

  #fit(): void {
    let prior = this.#grid.uniform();
    for (let round = 0; round < ROUNDS; round += 1) {
      const next = new Float64Array(prior.length).fill(UNIFORM_COUNT / prior.length);
      for (const labels of this.#labelsByEntry.values()) {
        const posterior = prior.slice();
        for (const { similarity, correct } of labels) this.#grid.update(posterior, similarity, correct);
        for (let cell = 0; cell < next.length; cell += 1) next[cell] = (next[cell] ?? 0) + (posterior[cell] ?? 0);
      }
      const total = UNIFORM_COUNT + this.#labelsByEntry.size;
      for (let cell = 0; cell < next.length; cell += 1) next[cell] = (next[cell] ?? 0) / total;
      prior = next;
    }
    this.#weights = prior;
    this.version += 1;
  }
}

export interface PriorState {
  readonly version: number;
  readonly labels: number;
  readonly nextFit: number;
  readonly weights: readonly number[];
  readonly entries: readonly (readonly [string, readonly (readonly number[])[]])[];
}
