import { mean } from "./numbers.ts";
import type { FeatureScale } from "./router-artifact.ts";

export function featureScale(rows: readonly (readonly number[])[]): FeatureScale {
  const width = rows[0]?.length ?? 0;
  const means = Array.from({ length: width }, (_, at) => mean(rows.map((row) => row[at]!)));
  const deviations = means.map((middle, at) => Math.sqrt(mean(rows.map((row) => (row[at]! - middle) ** 2))) || 1);
  return { means, deviations };
}

/** In standard deviations, cut at 4: one odd text must not outweigh its words. */
export function standardize(row: readonly number[], { means, deviations }: FeatureScale): number[] {
  return row.map((value, at) => Math.max(-4, Math.min(4, (value - means[at]!) / deviations[at]!)));
}
