import { InvalidOptionError } from "@langthrift/core";
import { readSafetensors, type Tensor } from "./safetensors.ts";

/** RouteLLM's matrix factorisation. */
export interface RouteLlmModel {
  /** Numbers that a prompt's embedding must have. */
  readonly textDimensions: number;
  /** Models that the checkpoint knows: indices 0 to this less 1. */
  readonly modelCount: number;
  /** Probability that the strong one's answer wins against the weak one's. @throws when the embedding has another length. */
  winRate(embedding: readonly number[], strong: number, weak: number): number;
}

/**
 * Reads `P.weight` (models × d), `text_proj.0.weight` (d × text; absent when the model was trained without a projection) and
 * `classifier.0.weight` (1 × d). With e the embedding and p a model's row of unit length, a model's logit is w · (p ∘ T e), and the win rate is
 * the logistic function of the strong one's logit less the weak one's.
 *
 * @throws {InvalidOptionError} when the bytes are no such checkpoint.
 * @see Ong et al., "RouteLLM", arXiv 2406.18665, and `routellm/routers/matrix_factorization/model.py` there
 */
export function readRouteLlmCheckpoint(bytes: Uint8Array): RouteLlmModel {
  const tensors = readSafetensors(bytes);
  const models = matrix(tensors, "P.weight");
  const classifier = matrix(tensors, "classifier.0.weight");
  const projection = tensors.has("text_proj.0.weight") ? matrix(tensors, "text_proj.0.weight") : undefined;
  const d = models.columns;
  if (classifier.rows !== 1 || classifier.columns !== d) {
    throw new InvalidOptionError(
      `\`checkpoint\` has a classifier of ${classifier.rows} × ${classifier.columns}, where its models need 1 × ${d}.`,
    );
  }
  if (projection && projection.rows !== d) {
    throw new InvalidOptionError(`\`checkpoint\` projects texts to ${projection.rows} dimensions, but its models have ${d}.`);
  }
  const textDimensions = projection?.columns ?? d;

  /** w ∘ p / |p|, where torch takes a length below 1e-12 for it. */
  function directionOf(model: number): number[] {
    const row = models.values.subarray(model * d, (model + 1) * d);
    const length = Math.max(1e-12, Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)));
    return Array.from(row, (value, at) => (classifier.values[at]! * value) / length);
  }

  return {
    textDimensions,
    modelCount: models.rows,
    winRate(embedding, strong, weak) {
      if (embedding.length !== textDimensions) {
        throw new Error(`The embedding has ${embedding.length} numbers; the checkpoint was trained with ${textDimensions}.`);
      }
      const [a, b] = [directionOf(strong), directionOf(weak)];
      let difference = 0;
      for (let at = 0; at < d; at += 1) {
        const weight = a[at]! - b[at]!;
        difference += weight * (projection ? dotRow(projection, at, embedding) : embedding[at]!);
      }
      return 1 / (1 + Math.exp(-difference));
    },
  };
}

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

function matrix(tensors: ReadonlyMap<string, Tensor>, name: string): Matrix {
  const tensor = tensors.get(name);
  if (!tensor) {
    const found = [...tensors.keys()].slice(0, 5).map((key) => JSON.stringify(key.slice(0, 60)));
    throw new InvalidOptionError(
      `\`checkpoint\` has no tensor "${name}"; it holds ${found.length === 0 ? "no float tensors" : found.join(", ")}. Pass a matrix-factorisation checkpoint of RouteLLM.`,
    );
  }
  const [rows = 0, columns = 0] = tensor.shape;
  if (tensor.shape.length !== 2 || rows === 0 || columns === 0) {
    throw new InvalidOptionError(
      `Tensor "${name}" of \`checkpoint\` has the shape [${tensor.shape.join(", ")}], where a matrix is needed.`,
    );
  }
  return { rows, columns, values: tensor.values };
}

function dotRow({ columns, values }: Matrix, row: number, vector: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < columns; at += 1) sum += values[row * columns + at]! * vector[at]!;
  return sum;
}
