import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { InvalidOptionError } from "@langthrift/core";
import { predictionSource } from "../offline/prediction-source.ts";
import type { RouterArtifact, RouterKind, RouterPrediction } from "../offline/router-artifact.ts";
import type { PolicyResult, RoutingPolicy } from "../routing-policy.ts";

/** What a request has to be like for a trained policy to judge it. */
export interface FamiliarityOptions {
  /** Abstain where a text is unlike those of the training: another language or subject, or no known word. @default true */
  readonly abstainUnfamiliar?: boolean;
  /** Those of the training, for an artefact that was trained with embeddings; each decision then waits for one embedding. @default none */
  readonly embeddings?: EmbeddingsInterface;
}

/** Options of {@link thresholdPolicy}. */
export interface ThresholdPolicyOptions extends FamiliarityOptions {
  /** Candidates' names. */
  readonly weak: string;
  /** The one that answers from the threshold on. */
  readonly strong: string;
  /** The strong one answers from this score on. @default the artefact's calibration */
  readonly threshold?: number;
}

/**
 * The strong model where a score reaches the threshold. The scorer is an artefact of two models (score = the strong one's expected gain) or your
 * function.
 *
 * @throws {InvalidOptionError} without a threshold, or when the artefact is damaged, not of two models, or needs embeddings.
 */
export function thresholdPolicy(
  scorer: RouterArtifact | ((task: string) => number | Promise<number>),
  { weak, strong, threshold, ...familiarity }: ThresholdPolicyOptions,
): RoutingPolicy {
  const limit = threshold ?? (typeof scorer === "function" ? undefined : scorer.calibration?.threshold);
  if (limit === undefined || !Number.isFinite(limit))
    throw new InvalidOptionError("No `threshold` is given and the artefact is not calibrated. Pass one, or `calibrate` it.");
  const score = typeof scorer === "function" ? scorer : gainOf(scorer, familiarity);
  const pick = (value: number | PolicyResult): PolicyResult => {
    if (typeof value !== "number") return value;
    if (!Number.isFinite(value)) return { kind: "abstain", reason: "no score" };
    const enough = value >= limit;
    return {
      kind: "pick",
      model: enough ? strong : weak,
      reason: enough ? "gain reaches the threshold" : "gain below the threshold",
      score: value,
      threshold: limit,
    };
  };
  return {
    name: "threshold",
    models: [weak, strong],
    decide({ task }) {
      if (task === "") return { kind: "abstain", reason: "no human text" };
      const value = score(task);
      return value instanceof Promise ? value.then(pick) : pick(value);
    },
  };
}

/** Options of {@link trainedPolicy}. */
export interface TrainedPolicyOptions extends FamiliarityOptions {
  /** Quality given up for a dollar saved; 0: the best model. @default the artefact's calibration, else 0 */
  readonly lambda?: number;
}

/**
 * The candidate with the best expected score less `lambda` times its price. Candidates carry the names that the rows' models have. With
 * `lambda` above 0, prices are the candidates' own on the request's tokens, as of today, not those of the training.
 *
 * @throws {InvalidOptionError} when the artefact is damaged, of another kind than asked for, or needs embeddings.
 */
export function trainedPolicy(
  artifact: RouterArtifact,
  { lambda = artifact.calibration?.lambda ?? 0, ...familiarity }: TrainedPolicyOptions = {},
): RoutingPolicy {
  const predict = familiarPredictions(artifact, familiarity);
  return {
    name: artifact.kind,
    models: artifact.models,
    needsPrices: lambda > 0,
    decide({ task, inputTokens }, eligible) {
      if (task === "") return { kind: "abstain", reason: "no human text" };
      const choose = (prediction: RouterPrediction | PolicyResult): PolicyResult => {
        if ("kind" in prediction) return prediction;
        const { quality } = prediction;
        let best: { name: string; worth: number } | undefined;
        for (const candidate of eligible) {
          const { name } = candidate;
          const expected = quality[name];
          if (expected === undefined) continue;
          const price = lambda > 0 ? candidate.priceOf({ inputTokens, outputTokens: 256 }) : 0;
          if (price === null) continue;
          const worth = expected - (lambda * price) / 1e9;
          if (!best || worth > best.worth) best = { name, worth };
        }
        if (!best) return { kind: "abstain", reason: "no eligible candidate was in the training" };
        return { kind: "pick", model: best.name, reason: "best expected worth", score: best.worth, quality };
      };
      const prediction = predict(task);
      return prediction instanceof Promise ? prediction.then(choose) : choose(prediction);
    },
  };
}

/** `trainedPolicy` for an artefact of kind `knn`. @throws {InvalidOptionError} when the artefact is of another kind. */
export function knnPolicy(artifact: RouterArtifact, options?: TrainedPolicyOptions): RoutingPolicy {
  return trainedPolicy(ofKind(artifact, "knn"), options);
}

/** `trainedPolicy` for an artefact of kind `cluster`. @throws {InvalidOptionError} when the artefact is of another kind. */
export function clusterPolicy(artifact: RouterArtifact, options?: TrainedPolicyOptions): RoutingPolicy {
  return trainedPolicy(ofKind(artifact, "cluster"), options);
}

function ofKind(artifact: RouterArtifact, kind: RouterKind): RouterArtifact {
  if (artifact.kind !== kind) throw new InvalidOptionError(`The artefact is of kind "${artifact.kind}", not "${kind}".`);
  return artifact;
}

function gainOf(
  artifact: RouterArtifact,
  familiarity: FamiliarityOptions,
): (task: string) => number | PolicyResult | Promise<number | PolicyResult> {
  const predict = familiarPredictions(artifact, familiarity);
  const [weak, strong] = artifact.models;
  if (artifact.models.length !== 2 || weak === undefined || strong === undefined) {
    throw new InvalidOptionError(`The artefact has ${artifact.models.length} models; a threshold needs two. Use \`trainedPolicy\`.`);
  }
  const gain = (prediction: RouterPrediction | PolicyResult) =>
    "kind" in prediction ? prediction : prediction.quality[strong]! - prediction.quality[weak]!;
  return (task) => {
    const prediction = predict(task);
    return prediction instanceof Promise ? prediction.then(gain) : gain(prediction);
  };
}

/** Predictions, or an abstention where a text is unlike the training. */
function familiarPredictions(
  artifact: RouterArtifact,
  { abstainUnfamiliar = true, embeddings }: FamiliarityOptions,
): (task: string) => RouterPrediction | PolicyResult | Promise<RouterPrediction | PolicyResult> {
  const predict = predictionSource(artifact, embeddings);
  const judge = (prediction: RouterPrediction): RouterPrediction | PolicyResult =>
    abstainUnfamiliar && prediction.unfamiliar ? { kind: "abstain", reason: "unlike what the router was trained on" } : prediction;
  return (task) => {
    const prediction = predict(task);
    return prediction instanceof Promise ? prediction.then(judge) : judge(prediction);
  };
}
