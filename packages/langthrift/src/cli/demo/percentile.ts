/** The value below which a share of the sample lies (nearest rank); `null` for an empty sample. */
export function percentile(sample: readonly number[], share: number): number | null {
  if (sample.length === 0) return null;
  const sorted = Float64Array.from(sample).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
