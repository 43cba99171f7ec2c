import { chooseLambda } from "./calibrate.ts";
import type { RouterPrediction } from "./router-artifact.ts";
import { meanScore, modelsOf, type RouterRow } from "./router-row.ts";

/** Share of the strongest model's cost that is saved at a share of its quality; 0 where the share is not reached. */
export function savingAt(rows: readonly RouterRow[], predictions: readonly RouterPrediction[], share: number): number {
  const names = modelsOf(rows);
  const strongest = names[names.length - 1]!;
  const full = rows.reduce((sum, { costUsd }) => sum + costUsd![strongest]!, 0);
  const { quality, costUsd } = chooseLambda(rows, predictions, share);
  return full > 0 && quality >= share * meanScore(rows, strongest) ? 1 - costUsd / full : 0;
}

/** Largest saving at a share of the strongest model's quality by mixing single models at random: the lower hull of cost over quality. */
export function singleModelHullSaving(rows: readonly RouterRow[], share: number): number {
  const names = modelsOf(rows);
  const strongest = names[names.length - 1]!;
  const points = names.map((model) => ({
    quality: meanScore(rows, model),
    cost: rows.reduce((sum, { costUsd }) => sum + (costUsd?.[model] ?? 0), 0),
  }));
  const goal = share * meanScore(rows, strongest);
  const full = points[points.length - 1]!.cost;
  let least = Infinity;
  for (const a of points) {
    if (a.quality >= goal) least = Math.min(least, a.cost);
    for (const b of points) {
      if (a.quality >= goal || b.quality < goal) continue;
      const part = (goal - a.quality) / (b.quality - a.quality);
      least = Math.min(least, a.cost + part * (b.cost - a.cost));
    }
  }
  return full > 0 ? 1 - least / full : 0;
}
