import { dot, mean } from "./numbers.ts";
import { fitDense } from "./ridge.ts";
import type { RouterArtifact } from "./router-artifact.ts";
import type { RouterRow } from "./router-row.ts";

/** What each model's answer costs, by the surface of the request; nothing where a row lacks a cost. */
export function trainCost(
  rows: readonly RouterRow[],
  models: readonly string[],
  scaled: readonly (readonly number[])[],
): Pick<RouterArtifact, "meanCostUsd" | "cost"> {
  if (!rows.every(({ costUsd }) => costUsd && models.every((model) => costUsd[model] !== undefined))) return {};
  const means = models.map((model) => mean(rows.map(({ costUsd }) => costUsd![model]!)));
  const columns = scaled.map((row) => [1, ...row]);
  const cost = models.map((model, m) =>
    fitDense(
      columns,
      rows.map(({ costUsd }) => (means[m]! > 0 ? costUsd![model]! / means[m]! : 1)),
      10,
    ),
  );
  return { meanCostUsd: Object.fromEntries(models.map((model, m) => [model, means[m]!])), cost };
}

/** Expected US dollars by model, a tenth to ten times their mean. */
export function loadCost({ models, cost, meanCostUsd }: RouterArtifact): ((scaled: readonly number[]) => number[]) | undefined {
  if (!cost || !meanCostUsd) return undefined;
  return (scaled) => models.map((model, m) => meanCostUsd[model]! * Math.min(10, Math.max(0.1, dot(cost[m]!, [1, ...scaled]))));
}
