import { chooseOperation, operationsOf } from "./calibrate.ts";
import type { RouterPrediction } from "./router-artifact.ts";
import { meanScore, modelsOf, type RouterRow } from "./router-row.ts";

/** By share of the strongest model's quality: the share of its cost that is saved there; 0 where the share is not reached. */
export function savingsAt(
  rows: readonly RouterRow[],
  predictions: readonly RouterPrediction[],
  shares: readonly number[],
): Record<string, number> {
  const names = modelsOf(rows);
  const strongest = names[names.length - 1]!;
  const full = rows.reduce((sum, { costUsd }) => sum + costUsd![strongest]!, 0);
  const best = meanScore(rows, strongest);
  const operations = operationsOf(rows, predictions);
  return Object.fromEntries(
    shares.map((share) => {
      const { quality, costUsd } = chooseOperation(operations, rows, share);
      return [String(share), full > 0 && quality >= share * best ? 1 - costUsd / full : 0];
    }),
  );
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
