import { stableHash } from "@langthrift/core";
import type { RouterArtifact } from "./router-artifact.ts";
import { textFeatures } from "./text-features.ts";
import { tokenize } from "./tokenize.ts";

const PROBE = 'Why do 12 users (of 3,400) not see "x = y²"?\nExplain each step; compare naïve 東京 and Kraków.';

/**
 * What turns a text into numbers, in one hash: the stored weights, and how this release reads a known text, so that an artefact of a release
 * that reads texts otherwise does not pass.
 */
export function artifactVectorizerHash({
  features,
  coverage,
  embedding,
  linear,
  knn,
  cluster,
}: Omit<RouterArtifact, "vectorizerHash">): string {
  return stableHash(
    tokenize(PROBE),
    textFeatures(PROBE),
    features,
    coverage,
    embedding ?? null,
    [linear, knn, cluster].map((part) => part?.vectorizer ?? null),
  );
}
