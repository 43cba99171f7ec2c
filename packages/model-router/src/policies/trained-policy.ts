import { InvalidOptionError } from "@langthrift/core";
import { loadRouter } from "../offline/load-router.ts";
import type { RouterArtifact, RouterKind } from "../offline/router-artifact.ts";
import type { RoutingPolicy } from "../routing-policy.ts";

export interface ThresholdPolicyOptions {
  /** Candidates' names. */
  readonly weak: string;
  readonly strong: string;
  /** The strong one answers from this score on. @default the artefact's calibration */
  readonly threshold?: number;
}

/** The strong model where a score reaches the threshold. The scorer is an artefact of two models (score = the strong one's expected gain) or your function. */
export function thresholdPolicy(
  scorer: RouterArtifact | ((task: string) => number | Promise<number>),
  { weak, strong, threshold }: ThresholdPolicyOptions,
): RoutingPolicy {
  const limit = threshold ?? (typeof scorer === "function" ? undefined : scorer.calibration?.threshold);
  if (limit === undefined || !Number.isFinite(limit))
    throw new InvalidOptionError("No `threshold` is given and the artefact is not calibrated. Pass one, or `calibrate` it.");
  const score = typeof scorer === "function" ? scorer : gainOf(scorer);
  const pick = (value: number) =>
    Number.isFinite(value)
      ? ({
          kind: "pick",
          model: value >= limit ? strong : weak,
          reason: value >= limit ? "gain reaches the threshold" : "gain below the threshold",
          score: value,
          threshold: limit,
        } as const)
      : ({ kind: "abstain", reason: "no score" } as const);
  return {
    name: "threshold",
    models: [weak, strong],
    decide({ task }) {
      if (task === "") return { kind: "abstain", reason: "no human text" };
      const value = score(task);
      return typeof value === "number" ? pick(value) : value.then(pick);
    },
  };
}

export interface TrainedPolicyOptions {
  /** Quality given up for a dollar saved; 0: the best model. @default the artefact's calibration, else 0 */
  readonly lambda?: number;
}

/**
 * The candidate with the best expected score less `lambda` times its price. Candidates carry the names that the rows' models have. With
 * `lambda` above 0, prices are the candidates' own on the request's tokens, as of today, not those of the training.
 *
 * @throws {InvalidOptionError} when the artefact is damaged, or of another kind than asked for.
 */
export function trainedPolicy(
  artifact: RouterArtifact,
  { lambda = artifact.calibration?.lambda ?? 0 }: TrainedPolicyOptions = {},
): RoutingPolicy {
  const router = loadRouter(artifact);
  return {
    name: artifact.kind,
    models: artifact.models,
    needsPrices: lambda > 0,
    decide({ task, inputTokens }, eligible) {
      if (task === "") return { kind: "abstain", reason: "no human text" };
      const { quality } = router.predict(task);
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
    },
  };
}

/** `trainedPolicy` for an artefact of kind `knn`. */
export function knnPolicy(artifact: RouterArtifact, options?: TrainedPolicyOptions): RoutingPolicy {
  return trainedPolicy(ofKind(artifact, "knn"), options);
}

/** `trainedPolicy` for an artefact of kind `cluster`. */
export function clusterPolicy(artifact: RouterArtifact, options?: TrainedPolicyOptions): RoutingPolicy {
  return trainedPolicy(ofKind(artifact, "cluster"), options);
}

function ofKind(artifact: RouterArtifact, kind: RouterKind): RouterArtifact {
  if (artifact.kind !== kind) throw new InvalidOptionError(`The artefact is of kind "${artifact.kind}", not "${kind}".`);
  return artifact;
}

function gainOf(artifact: RouterArtifact): (task: string) => number {
  const router = loadRouter(artifact);
  const [weak, strong] = router.models;
  if (router.models.length !== 2 || weak === undefined || strong === undefined) {
    throw new InvalidOptionError(`The artefact has ${router.models.length} models; a threshold needs two. Use \`trainedPolicy\`.`);
  }
  return (task) => {
    const { quality } = router.predict(task);
    return quality[strong]! - quality[weak]!;
  };
}
