import { loadRouter } from "./load-router.ts";
import type { RouterPrediction } from "./router-artifact.ts";
import type { RouterRow } from "./router-row.ts";
import { foldsOf, splitKey } from "./seeded.ts";
import { trainRouter, type TrainRouterOptions } from "./train-router.ts";

/** Options of {@link crossPredict}. */
export interface CrossPredictOptions extends TrainRouterOptions {
  /** How many parts the rows are split into. @default 5 */
  readonly folds?: number;
}

/**
 * Predictions for rows by routers that have not seen them, word weights included: `folds` are trained, each predicts the rows left out.
 * @throws {InvalidOptionError} as `trainRouter`.
 */
export function crossPredict(
  rows: readonly RouterRow[],
  { folds = 5, seed = 1, embedded, ...options }: CrossPredictOptions = {},
): RouterPrediction[] {
  const fold = foldsOf(
    rows.map((row) => ({ key: splitKey(row) })),
    folds,
    seed,
  );
  const predictions = Array.from<RouterPrediction>({ length: rows.length });
  for (let k = 0; k < folds; k += 1) {
    const inside = (_: unknown, row: number) => fold[row] !== k;
    const router = loadRouter(
      trainRouter(rows.filter(inside), {
        ...options,
        seed,
        ...(embedded && { embedded: { ...embedded, vectors: embedded.vectors.filter(inside) } }),
      }),
    );
    for (const [row, { prompt }] of rows.entries()) if (fold[row] === k) predictions[row] = router.predict(prompt, embedded?.vectors[row]);
  }
  return predictions;
}
