import type { FeatureName } from "./features.ts";

// Fitted by scripts/fit-difference-guard.ts. The chance that two texts differ is σ(BIAS + Σ weight · feature).
export const BIAS = -1.885;
export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
  nameLeft: 1.238,
  nounLeft: 1.336,
  verbLeft: 0.086,
  adjectiveLeft: 1.153,
  adverbLeft: 0,
  unknownLeft: 0,
  lightLeft: 0.541,
  bothLeft: 0.379,
  substituted: 1.988,
  siblings: 0.252,
  insertedModifier: 1.174,
  uncovered: 0.647,
  listed: 0,
  dictionary: 0,
  family: 0,
  typo: 0,
  askNear: 0,
  modalLeft: 0,
  quantifierLeft: 1.107,
  personLeft: 0,
  rolesChanged: 0,
  strongPreposition: 0.204,
  conditional: 0,
  softQuantity: 0.212,
  adverbsOfDegree: 0,
  sentences: 0,
  negationMoved: 0,
  evenPolarity: 0,
  inversions: 0,
  focus: 0,
};
/** Above this chance `strict` refuses. */
export const STRICT_LIMIT = 0.5;
