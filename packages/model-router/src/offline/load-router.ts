import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { InvalidOptionError } from "@langthrift/core";
import { artifactVectorizerHash } from "./artifact-hash.ts";
import { loadCluster } from "./cluster-part.ts";
import { loadCost } from "./cost-part.ts";
import { loadCoverage } from "./coverage.ts";
import { standardize } from "./feature-scale.ts";
import { loadKnn } from "./knn-part.ts";
import { loadLinear } from "./linear-part.ts";
import type { Learned } from "./request.ts";
import type { RouterArtifact, RouterPrediction } from "./router-artifact.ts";
import { checkEmbeddings, embeddingReader } from "./row-embeddings.ts";
import { textFeatures } from "./text-features.ts";

/** A loaded artefact. */
export interface TrainedRouter {
  readonly artifact: RouterArtifact;
  readonly models: readonly string[];
  /** `embedding` is the prompt's, for an artefact that was trained with embeddings. @throws {InvalidOptionError} when it is missing. */
  predict(prompt: string, embedding?: readonly number[]): RouterPrediction;
}

/** @throws {InvalidOptionError} when the artefact is of another version, was changed by hand, or is damaged. */
export function loadRouter(artifact: RouterArtifact): TrainedRouter {
  const { version, models, features } = artifact;
  if (version !== 2)
    throw new InvalidOptionError(`The router artefact has version ${String(version)}; this release reads version 2. Train it again.`);
  const parts = [
    ...(artifact.linear ? [loadLinear(artifact.linear)] : []),
    ...(artifact.knn ? [loadKnn(artifact.knn)] : []),
    ...(artifact.cluster ? [loadCluster(artifact.cluster)] : []),
  ];
  if (parts.length === 0) throw new InvalidOptionError("The router artefact has no model in it; it is damaged. Train it again.");
  if (artifact.vectorizerHash !== artifactVectorizerHash(artifact)) {
    throw new InvalidOptionError(
      "The router artefact was made by another release, which reads texts otherwise, or it is damaged: its vectoriser hash differs. Train it again.",
    );
  }
  const learned = meanOf(parts);
  const unfamiliar = loadCoverage(artifact.coverage);
  const cost = loadCost(artifact);
  const read = artifact.embedding && embeddingReader(artifact.embedding);
  return {
    artifact,
    models,
    predict(prompt, embedding) {
      if (read && !embedding)
        throw new InvalidOptionError("The router was trained with embeddings. Pass `embeddings` to the policy, or the prompt's embedding.");
      const scaled = standardize(textFeatures(prompt), features);
      const expected = learned({ prompt, scaled, ...(read && { embedding: read(embedding!) }) });
      const dollars = cost?.(scaled);
      return {
        quality: byModel(models, expected),
        ...(dollars && { costUsd: byModel(models, dollars) }),
        ...(unfamiliar(prompt) && { unfamiliar: true }),
      };
    },
  };
}

/** Predictions for many prompts, with the embeddings that the router was trained with, if any. @throws {InvalidOptionError} for others. */
export async function predictRows(
  router: TrainedRouter,
  rows: readonly { readonly prompt: string }[],
  embeddings?: EmbeddingsInterface,
): Promise<RouterPrediction[]> {
  const { embedding } = router.artifact;
  if (!embedding || !embeddings) return rows.map(({ prompt }) => router.predict(prompt));
  await checkEmbeddings(embedding, embeddings);
  const vectors = await embeddings.embedDocuments(rows.map(({ prompt }) => prompt));
  return rows.map(({ prompt }, row) => router.predict(prompt, vectors[row]));
}

function meanOf(parts: readonly Learned[]): Learned {
  const [first, ...others] = parts as [Learned, ...Learned[]];
  if (others.length === 0) return first;
  return (request) => {
    const sums = first(request);
    for (const part of others) for (const [m, value] of part(request).entries()) sums[m]! += value;
    return sums.map((sum) => sum / parts.length);
  };
}

function byModel(models: readonly string[], values: readonly number[]): Record<string, number> {
  return Object.fromEntries(models.map((model, m) => [model, values[m]!]));
}
