/** How long the answers of a model and feature were, so that a reservation can be near the truth. Bounded. */
export class OutputHistory {
  readonly #outputs = new Map<string, number[]>();
  readonly #next = new Map<string, number>();

  add(key: string, outputTokens: number): void {
    let outputs = this.#outputs.get(key);
    if (!outputs) {
      if (this.#outputs.size >= MAX_KEYS) return;
      outputs = [];
      this.#outputs.set(key, outputs);
    }
    if (outputs.length < KEPT) outputs.push(outputTokens);
    else {
      const next = this.#next.get(key) ?? 0;
      outputs[next] = outputTokens;
      this.#next.set(key, (next + 1) % KEPT);
    }
  }

  /** The 95th percentile of the last 200 answers; `undefined` before any. */
  p95(key: string): number | undefined {
    const outputs = this.#outputs.get(key);
    if (!outputs || outputs.length === 0) return undefined;
    const sorted = outputs.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.95) - 1)];
  }
}

const KEPT = 200;
const MAX_KEYS = 2_000;
