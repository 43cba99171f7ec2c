import { dot, gainError, mean } from "./numbers.ts";
import type { Example } from "./request.ts";
import { fitDense, fitRidge } from "./ridge.ts";
import { foldsOf } from "./seeded.ts";
import { dotDense, type SparseVector } from "./sparse-vector.ts";

/** Below this the inner fits are noise. */
const FEWEST_ROWS = 1000;
/** Of nine models a bend chose no better in cross-validation, and three fits more take their time. */
const MODELS = 2;
const FOLDS = 3;

/**
 * The bend: each model's score on the predictions of all, squares and products included. Two models that both fail on hard requests gain nothing
 * from the strong one, which no sum of word weights can say. Kept only if it lowers the cross-validated error of the gains.
 */
export function learnBend(
  examples: readonly Example[],
  vectors: readonly SparseVector[],
  dimensions: number,
  seed: number,
): number[][] | undefined {
  if (examples.length < FEWEST_ROWS || examples[0]!.scores.length !== MODELS) return undefined;
  const fold = foldsOf(examples, FOLDS, seed + 1);
  const plain = Array.from<number[]>({ length: examples.length });
  for (let k = 0; k < FOLDS; k += 1) {
    const train = [...examples.keys()].filter((row) => fold[row] !== k);
    const { weights, intercepts } = fitRidge(
      train.map((row) => vectors[row]!),
      train.map((row) => examples[row]!.scores),
      dimensions,
    );
    for (const [row, vector] of vectors.entries())
      if (fold[row] === k) plain[row] = weights.map((own, m) => dotDense(vector, own) + intercepts[m]!);
  }
  const penalty = examples.length / 2000;
  const fitOn = (train: readonly number[]) =>
    examples[0]!.scores.map((_, m) =>
      fitDense(
        train.map((row) => bendColumns(plain[row]!, m)),
        train.map((row) => examples[row]!.scores[m]!),
        penalty,
      ),
    );
  let straightError = 0;
  let bentError = 0;
  for (let k = 0; k < FOLDS; k += 1) {
    const bend = fitOn([...examples.keys()].filter((row) => fold[row] !== k));
    for (const [row, { scores }] of examples.entries()) {
      if (fold[row] !== k) continue;
      straightError += gainError(plain[row]!, scores);
      bentError += gainError(
        bend.map((coefficients, m) => dot(coefficients, bendColumns(plain[row]!, m))),
        scores,
      );
    }
  }
  return bentError < straightError * 0.999 ? fitOn([...examples.keys()]) : undefined;
}

export function bendColumns(plain: readonly number[], m: number): number[] {
  const own = plain[m]! - 0.7;
  const all = mean(plain) - 0.7;
  return [1, own, all, own * own * 5, own * all * 5, all * all * 5];
}
