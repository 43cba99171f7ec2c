import { InvalidOptionError, stableHash } from "@langthrift/core";
import { artifactVectorizerHash } from "./artifact-hash.ts";
import { trainCluster } from "./cluster-part.ts";
import { trainCost } from "./cost-part.ts";
import { trainCoverage } from "./coverage.ts";
import { featureScale, standardize } from "./feature-scale.ts";
import { trainKnn } from "./knn-part.ts";
import { trainLinear } from "./linear-part.ts";
import { mean } from "./numbers.ts";
import type { Example } from "./request.ts";
import type { RouterArtifact, RouterKind } from "./router-artifact.ts";
import { modelsOf, type RouterRow } from "./router-row.ts";
import { embeddingReader, type RowEmbeddings, trainEmbedding } from "./row-embeddings.ts";
import { splitKey } from "./seeded.ts";
import { textFeatures } from "./text-features.ts";

/** Options of {@link trainRouter}. */
export interface TrainRouterOptions {
  /** @default "linear" for two models, "ensemble" for more */
  readonly kind?: RouterKind;
  /** @default 1 */
  readonly seed?: number;
  /** Embeddings of the rows' prompts (`embedRows`): the router reads them too and then needs the same embeddings to decide. @default none */
  readonly embedded?: RowEmbeddings;
  /** With `embedded`: beside the words (`"both"`) or in their place. @default "both" */
  readonly vectorizer?: "both" | "embeddings";
  /** Day of the prices behind the rows' `costUsd`, as `YYYY-MM-DD`; written into the artefact. */
  readonly pricedAt?: string;
}

/**
 * Learns from labelled rows what each model will score. `linear`: ridge over hashed words and characters, and where it lowers the cross-validated
 * error a quadratic bend over the models' predictions; `knn` and `cluster` follow the neighbours; `ensemble` is the mean of `linear` and `knn`.
 *
 * @throws {InvalidOptionError} with fewer than 2 models or 20 rows, or embeddings that do not fit the rows.
 */
export function trainRouter(rows: readonly RouterRow[], options: TrainRouterOptions = {}): RouterArtifact {
  const models = modelsOf(rows);
  if (models.length < 2)
    throw new InvalidOptionError(`The rows share the scores of ${models.length} models. Give every row scores of at least two.`);
  if (rows.length < 20)
    throw new InvalidOptionError(`${rows.length} rows are too few to learn from. Give 20 or more; 500 for a router worth serving.`);
  const {
    kind = models.length === 2 ? "linear" : "ensemble",
    seed = 1,
    embedded,
    vectorizer = "both",

    pricedAt,
  } = options;
  if (pricedAt !== undefined && !/^\d{4}-\d\d-\d\d$/.test(pricedAt))
    throw new InvalidOptionError(`\`pricedAt\` is "${pricedAt}". Pass a day as YYYY-MM-DD.`);
  if (embedded && embedded.vectors.length !== rows.length)
    throw new InvalidOptionError(`There are ${embedded.vectors.length} embeddings for ${rows.length} rows. Embed these very rows.`);
  const embedding = embedded && trainEmbedding(embedded, vectorizer === "embeddings");
  const words = !embedding?.alone;
  const read = embedding && embeddingReader(embedding);
  const surface = rows.map(({ prompt }) => textFeatures(prompt));
  const features = featureScale(surface);
  const examples = rows.map((row, index): Example => ({
    prompt: row.prompt,
    scaled: standardize(surface[index]!, features),
    ...(read && { embedding: read(embedded.vectors[index]!) }),
    scores: models.map((model) => row.scores[model]!),
    key: splitKey(row),
  }));
  const scores = examples.map((example) => example.scores);
  const prompts = rows.map(({ prompt }) => prompt);
  const artifact: Omit<RouterArtifact, "vectorizerHash"> = {
    version: 2,
    kind,
    models,
    rows: rows.length,
    seed,
    meanScores: Object.fromEntries(models.map((model, m) => [model, mean(scores.map((row) => row[m]!))])),
    dataHash: stableHash(rows.map(({ prompt, costUsd }, row) => [prompt, scores[row]!, models.map((model) => costUsd?.[model] ?? null)])),
    ...(pricedAt !== undefined && { pricedAt }),
    features,
    coverage: trainCoverage(prompts),
    ...(embedding && { embedding }),
    ...trainCost(
      rows,
      models,
      examples.map(({ scaled }) => scaled),
    ),
    ...((kind === "linear" || kind === "ensemble") && { linear: trainLinear(examples, { seed, words }) }),
    ...((kind === "knn" || kind === "ensemble") && { knn: trainKnn(examples, { words }) }),
    ...(kind === "cluster" && { cluster: trainCluster(examples, { seed, words }) }),
  };
  return { ...artifact, vectorizerHash: artifactVectorizerHash(artifact) };
}
