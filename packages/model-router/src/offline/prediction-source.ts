import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { InvalidOptionError } from "@langthrift/core";
import { loadRouter } from "./load-router.ts";
import type { RouterArtifact, RouterPrediction } from "./router-artifact.ts";
import { checkEmbeddings } from "./row-embeddings.ts";

/**
 * Predicts one request at a time; with embeddings later, after the first call has shown that they are those of the training.
 *
 * @throws {InvalidOptionError} when the artefact cannot be used, or needs embeddings and none are given.
 */
export function predictionSource(
  artifact: RouterArtifact,
  embeddings?: EmbeddingsInterface,
): (task: string) => RouterPrediction | Promise<RouterPrediction> {
  const router = loadRouter(artifact);
  const { embedding } = artifact;
  if (!embedding) return (task) => router.predict(task);
  if (!embeddings) throw new InvalidOptionError("The router was trained with embeddings. Pass the same ones as `embeddings`.");
  let checked: Promise<void> | undefined;
  const check = () =>
    (checked ??= checkEmbeddings(embedding, embeddings).catch((error: unknown) => {
      // An outage passes: the next request tries again.
      checked = undefined;
      throw error;
    }));
  return async (task) => {
    const [vector] = await Promise.all([embeddings.embedQuery(task), check()]);
    return router.predict(task, vector);
  };
}
