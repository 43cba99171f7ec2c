import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { InvalidOptionError } from "@langthrift/core";
import { decodeFloats, encodeFloats } from "./binary-text.ts";
import type { EmbeddingState } from "./router-artifact.ts";

/** Embeddings of rows' prompts, for `trainRouter` and `crossPredict`. */
export interface RowEmbeddings {
  /** By row. */
  readonly vectors: readonly (readonly number[])[];
  /** How the same embeddings see a known sentence. */
  readonly probe: readonly number[];
}

const PROBE = "A known sentence, by which one embedding model is told from another.";
/** The same model on another machine or in another batch stays above this. */
const SAME_MODEL_COSINE = 0.995;

/** Embeds prompts once, for training and cross-validation. @throws what the embeddings throw. */
export async function embedRows(rows: readonly { readonly prompt: string }[], embeddings: EmbeddingsInterface): Promise<RowEmbeddings> {
  const [probe, ...vectors] = await embeddings.embedDocuments([PROBE, ...rows.map(({ prompt }) => prompt)]);
  return { vectors, probe: probe! };
}

export function trainEmbedding({ vectors, probe }: RowEmbeddings, alone: boolean): EmbeddingState {
  const dimensions = probe.length;
  const mean = new Float32Array(dimensions);
  for (const vector of vectors) {
    if (vector.length !== dimensions) throw new InvalidOptionError(`An embedding has ${vector.length} numbers, another ${dimensions}.`);
    for (let at = 0; at < dimensions; at += 1) mean[at]! += vector[at]! / vectors.length;
  }
  return { dimensions, alone, mean: encodeFloats(mean), probe: encodeFloats(Float32Array.from(probe)) };
}

/** Less the mean of the training, so that only what is particular counts. @throws {InvalidOptionError} when the length is another. */
export function embeddingReader({ dimensions, mean: encoded }: EmbeddingState): (vector: readonly number[]) => Float32Array {
  const mean = decodeFloats(encoded);
  return (vector) => {
    if (vector.length !== dimensions)
      throw new InvalidOptionError(
        `The embedding has ${vector.length} numbers; the router was trained on ${dimensions}. Pass the same embeddings.`,
      );
    return Float32Array.from(vector, (value, at) => value - mean[at]!);
  };
}

/** @throws {InvalidOptionError} when these are not the embeddings of the training. */
export async function checkEmbeddings({ dimensions, probe: encoded }: EmbeddingState, embeddings: EmbeddingsInterface): Promise<void> {
  const [vector] = await embeddings.embedDocuments([PROBE]);
  const probe = decodeFloats(encoded);
  const length = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
  const cosine = vector!.reduce((sum, value, at) => sum + value * (probe[at] ?? 0), 0) / (length(vector!) * length(probe) || 1);
  if (vector!.length !== dimensions || cosine < SAME_MODEL_COSINE)
    throw new InvalidOptionError("These are not the embeddings that the router was trained with. Pass the same model, or train it again.");
}
