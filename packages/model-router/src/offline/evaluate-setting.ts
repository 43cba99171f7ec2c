import { bestFor } from "./calibrate.ts";
import { ratioInterval } from "./resampling.ts";
import type { RouterArtifact, RouterPrediction } from "./router-artifact.ts";
import { modelsOf, type RouterRow } from "./router-row.ts";

/** What one threshold or lambda does on rows that it was not chosen on; intervals of 95 %. */
export interface SettingEvaluation {
  /** Share of requests that go to the strongest model. */
  readonly strongShare: number;
  readonly quality: number;
  /** Quality as a share of the strongest model's. */
  readonly qualityOfStrong: number;
  readonly qualityOfStrongCi95: readonly [number, number];
  /** Share of the strongest model's cost that is saved, where every row has costs. */
  readonly saving?: number;
  readonly savingCi95?: readonly [number, number];
}

/** Nothing for an artefact that is not calibrated. */
export function evaluateSetting(
  rows: readonly RouterRow[],
  predictions: readonly RouterPrediction[],
  { models, calibration }: Pick<RouterArtifact, "models" | "calibration">,
  { resamples, random }: { readonly resamples: number; readonly random: () => number },
): SettingEvaluation | undefined {
  if (!calibration || rows.length === 0) return undefined;
  const { threshold, lambda = 0 } = calibration;
  const [weak, strong] = models as [string, string];
  const pick = (prediction: RouterPrediction) =>
    threshold === undefined
      ? bestFor(prediction, lambda, models)
      : prediction.quality[strong]! - prediction.quality[weak]! >= threshold
        ? strong
        : weak;
  const names = modelsOf(rows);
  const strongest = names[names.length - 1]!;
  const picks = predictions.map(pick);
  const scores = picks.map((model, row) => rows[row]!.scores[model]!);
  const strongScores = rows.map((row) => row.scores[strongest]!);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const costed = rows.every(({ costUsd }) => costUsd && models.every((model) => costUsd[model] !== undefined));
  const costs = costed ? picks.map((model, row) => rows[row]!.costUsd![model]!) : [];
  const full = costed ? rows.map(({ costUsd }) => costUsd![strongest]!) : [];
  const spent = costed && sum(full) > 0 ? ratioInterval(costs, full, resamples, random) : undefined;
  return {
    strongShare: picks.filter((model) => model === strongest).length / rows.length,
    quality: sum(scores) / rows.length,
    qualityOfStrong: sum(strongScores) === 0 ? 1 : sum(scores) / sum(strongScores),
    qualityOfStrongCi95: ratioInterval(scores, strongScores, resamples, random),
    ...(spent && { saving: 1 - sum(costs) / sum(full), savingCi95: [1 - spent[1], 1 - spent[0]] as const }),
  };
}
