import { percentile } from "../statistics.ts";

/** The median of paired differences, and the interval in which it lies with 95 % confidence (percentile bootstrap). */
export interface PairedDifference {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** @param differences One for each pair, so that what disturbs both of a pair alike cancels out. */
export function pairedDifference(differences: readonly number[], random: () => number, resamples = 2_000): PairedDifference {
  const medians = Array.from({ length: resamples }, () =>
    percentile(
      differences.map(() => differences[Math.floor(random() * differences.length)] as number),
      0.5,
    ),
  );
  return { median: percentile(differences, 0.5), low: percentile(medians, 0.025), high: percentile(medians, 0.975) };
}
