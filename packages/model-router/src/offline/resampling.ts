/** Positions of rows, drawn with replacement: one resample. */
export function resample(count: number, random: () => number): number[] {
  return Array.from({ length: count }, () => Math.floor(random() * count));
}

/** The middle 95 % of a statistic over its resamples. */
export function interval95(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.floor(share * sorted.length)))] ?? 0;
  return [at(0.025), at(0.975)];
}

/** 95 % of a ratio of sums over rows, by resampling rows: both parts of a row stay together. */
export function ratioInterval(
  above: readonly number[],
  below: readonly number[],
  resamples: number,
  random: () => number,
): [number, number] {
  const ratios = Array.from({ length: resamples }, () => {
    let [a, b] = [0, 0];
    for (const row of resample(above.length, random)) {
      a += above[row]!;
      b += below[row]!;
    }
    return b === 0 ? 0 : a / b;
  });
  return interval95(ratios);
}
