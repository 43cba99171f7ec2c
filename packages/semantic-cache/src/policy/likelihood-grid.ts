const THRESHOLDS = 28;
const SLOPES = [4, 8, 16, 32];
const CEILINGS = [0.999, 0.97, 0.9, 0.7, 0.4];
const LEAST = 1e-9;
/** Labels are rounded to this similarity. */
const STEP = 0.005;

/**
 * The ways in which an entry's answer may stop fitting as questions get less similar: the chance that it is right at similarity s is
 * p(s) = u · σ(g · (s − t)), for 28 thresholds t, 4 slopes g and 5 ceilings u (an entry may never be reliable).
 */
export class LikelihoodGrid {
  readonly size: number = THRESHOLDS * SLOPES.length * CEILINGS.length;
  readonly #t: Float64Array;
  readonly #g: Float64Array;
  readonly #u: Float64Array;
  readonly #columns = new Map<number, Float64Array>();

  constructor(floor: number) {
    this.#t = new Float64Array(this.size);
    this.#g = new Float64Array(this.size);
    this.#u = new Float64Array(this.size);
    const first = Math.max(0, 2 * floor - 1);
    const width = (1.04 - first) / (THRESHOLDS - 1);
    // A slope is relative to the room above the floor; at a floor of 1 only equal vectors remain.
    const room = Math.max(1 - floor, 1e-3);
    let cell = 0;
    for (let step = 0; step < THRESHOLDS; step += 1) {
      for (const slope of SLOPES) {
        for (const ceiling of CEILINGS) {
          this.#t[cell] = first + step * width;
          this.#g[cell] = slope / room;
          this.#u[cell] = ceiling;
          cell += 1;
        }
      }
    }
  }

  uniform(): Float64Array {
    return new Float64Array(this.size).fill(1 / this.size);
  }

  /** p(s) of each cell, at s rounded to 0.005. Not to be changed. */
  chances(similarity: number): Float64Array {
    const rounded = Math.round(similarity / STEP);
    const known = this.#columns.get(rounded);
    if (known) return known;
    const column = new Float64Array(this.size);
    const s = rounded * STEP;
    for (let cell = 0; cell < this.size; cell += 1) {
      column[cell] = (this.#u[cell] ?? 0) / (1 + Math.exp(-(this.#g[cell] ?? 0) * (s - (this.#t[cell] ?? 0))));
    }
    this.#columns.set(rounded, column);
    return column;
  }

  /** Weighs the cells by one more label, in place. */
  update(weights: Float64Array, similarity: number, correct: boolean): void {
    const chances = this.chances(similarity);
    let sum = 0;
    for (let cell = 0; cell < weights.length; cell += 1) {
      const chance = chances[cell] ?? 0;
      const weight = (weights[cell] ?? 0) * Math.max(LEAST, correct ? chance : 1 - chance);
      weights[cell] = weight;
      sum += weight;
    }
    for (let cell = 0; cell < weights.length; cell += 1) weights[cell] = (weights[cell] ?? 0) / sum;
  }

  /** Mean of p(s) under the weights, and how far it is spread. */
  moments(weights: Float64Array, similarity: number): { mean: number; deviation: number } {
    const chances = this.chances(similarity);
    let mean = 0;
    let squares = 0;
    for (let cell = 0; cell < weights.length; cell += 1) {
      const weight = weights[cell] ?? 0;
      const chance = chances[cell] ?? 0;
      mean += weight * chance;
      squares += weight * chance * chance;
    }
    return { mean, deviation: Math.sqrt(Math.max(0, squares - mean * mean)) };
  }
}
