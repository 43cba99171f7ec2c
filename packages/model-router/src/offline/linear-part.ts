import { InvalidOptionError } from "@langthrift/core";
import { bendColumns, learnBend } from "./bend.ts";
import { decodeFloats, encodeFloats } from "./binary-text.ts";
import { fitHashedTfidf, type HashedTfidf, loadHashedTfidf } from "./hashed-tfidf.ts";
import { dot } from "./numbers.ts";
import type { Example, Learned, Request } from "./request.ts";
import { fitRidge } from "./ridge.ts";
import type { LinearState } from "./router-artifact.ts";
import { dotDense, type SparseVector, withTail } from "./sparse-vector.ts";

const FEATURE_SCALE = Math.sqrt(0.1 / 11);
const EMPTY: SparseVector = { indices: new Uint32Array(), values: new Float32Array() };

/** Ridge over hashed words and characters, surface features and embeddings, and a bend where it helps. */
export function trainLinear(
  examples: readonly Example[],
  { seed, words }: { readonly seed: number; readonly words: boolean },
): LinearState {
  const vectorizer = words ? fitHashedTfidf(examples.map(({ prompt }) => prompt)) : undefined;
  const dimensions = (vectorizer?.dimensions ?? 0) + examples[0]!.scaled.length + (examples[0]!.embedding?.length ?? 0);
  const vectors = examples.map((example) => vectorOf(example, vectorizer));
  const bend = learnBend(examples, vectors, dimensions, seed);
  const { intercepts, weights } = fitRidge(
    vectors,
    examples.map(({ scores }) => scores),
    dimensions,
  );
  return { ...(vectorizer && { vectorizer: vectorizer.toJSON() }), intercepts, weights: weights.map(encodeFloats), ...(bend && { bend }) };
}

export function loadLinear({ vectorizer: state, intercepts, weights: encoded, bend }: LinearState): Learned {
  const vectorizer = state && loadHashedTfidf(state);
  const weights = encoded.map(decodeFloats);
  const length = weights[0]?.length ?? 0;
  if (length <= (vectorizer?.dimensions ?? 0) || weights.some((own) => own.length !== length) || weights.length !== intercepts.length)
    throw new InvalidOptionError("The router artefact's weights are cut off; it is damaged. Train it again.");
  return (request) => {
    const vector = vectorOf(request, vectorizer);
    const plain = weights.map((own, m) => dotDense(vector, own) + intercepts[m]!);
    return bend ? bend.map((coefficients, m) => dot(coefficients, bendColumns(plain, m))) : plain;
  };
}

function vectorOf({ prompt, scaled, embedding }: Request, vectorizer: HashedTfidf | undefined): SparseVector {
  const dimensions = vectorizer?.dimensions ?? 0;
  const tail = new Float32Array(scaled.length + (embedding?.length ?? 0));
  for (let at = 0; at < scaled.length; at += 1) tail[at] = FEATURE_SCALE * scaled[at]!;
  if (embedding) tail.set(embedding, scaled.length);
  return withTail(vectorizer ? vectorizer.transform(prompt) : EMPTY, dimensions, tail, 1);
}
