import { meanScore, operationsOf, type RouterEvaluation, type RouterPrediction, type RouterRow } from "@langthrift/model-router";
import { costQualityChart } from "../report/charts.ts";

/** The router's curve with the single models as points: over dollars where every row has costs, else over the share of strong calls. */
export function costQualitySvg(
  rows: readonly RouterRow[],
  predictions: readonly RouterPrediction[],
  { models, curve }: RouterEvaluation,
): string | undefined {
  if (models.every(({ costUsd }) => costUsd !== null) && predictions.every(({ costUsd }) => costUsd !== undefined)) {
    const perThousand = (costUsd: number) => (costUsd / rows.length) * 1000;
    return costQualityChart({
      xName: "US dollars a thousand requests",
      dollars: true,
      router: operationsOf(rows, predictions)
        .map(({ costUsd, quality }): [number, number] => [perThousand(costUsd), quality])
        .sort(([a], [b]) => a - b),
      singles: models.map(({ model, meanScore: quality, costUsd }) => ({ name: model, x: perThousand(costUsd!), y: quality })),
    });
  }
  if (!curve) return undefined;
  return costQualityChart({
    xName: "Share of strong calls",
    router: curve.points.map(({ strongShare, quality }): [number, number] => [strongShare, quality]),
    singles: models.map(({ model }, index) => ({ name: model, x: index, y: meanScore(rows, model) })),
  });
}
