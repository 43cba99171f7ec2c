/** Percentiles of durations within 5 %, in 2 kB, however many are added: buckets grow by a tenth. */
export class LatencyHistogram {
  readonly #buckets = new Uint32Array(256);
  #count = 0;

  add(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) return;
    // From 0.01 ms to some 4 days.
    const bucket = ms <= 0.01 ? 0 : Math.min(255, 1 + Math.floor(Math.log(ms / 0.01) / LOG_STEP));
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
    this.#count += 1;
  }

  /** @param quantile from 0 to 1. @returns ms, `undefined` without any duration. */
  quantile(quantile: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(quantile * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < 256; bucket += 1) {
      seen += this.#buckets[bucket] as number;
      if (seen >= rank) return bucket === 0 ? 0 : 0.01 * Math.exp((bucket - 0.5) * LOG_STEP);
    }
    return undefined;
  }
}

const LOG_STEP = Math.log(1.1);
