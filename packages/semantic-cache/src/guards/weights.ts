import type { FeatureName } from "./features.ts";

// Fitted by scripts/fit-difference-guard.ts. The chance that two texts differ is σ(BIAS + Σ weight · feature).
export const BIAS = -1.903;
export const WEIGHTS: Readonly<Record<FeatureName, number>> = {
  nameLeft: 1.224,
  nounLeft: 1.315,
  verbLeft: 0.064,
  adjectiveLeft: 1.194,
  adverbLeft: 0,
  unknownLeft: 0,
  lightLeft: 0.615,
  bothLeft: 0.363,
  substituted: 2.118,
  siblings: 0.24,
  insertedModifier: 1.167,
  uncovered: 0.653,
  listed: 0,
  dictionary: 0,
  family: 0,
  typo: 0,
  askNear: 0,
  modalLeft: 0,
  quantifierLeft: 1.157,
  personLeft: 0,
  rolesChanged: 0,
  strongPreposition: 0.216,
  conditional: 0,
  softQuantity: 0.211,
  adverbsOfDegree: 0,
  sentences: 0,
  negationMoved: 0,
  evenPolarity: 0,
  inversions: 0,
  focus: 0,
};
/** Above this chance `strict` refuses. */
export const STRICT_LIMIT = 0.5;
