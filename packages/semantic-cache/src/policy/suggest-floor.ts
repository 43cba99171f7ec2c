import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { InvalidOptionError } from "@langthrift/core";

/** Options of {@link suggestFloor}. */
export interface SuggestFloorOptions {
  /** Share of unrelated pairs that may still be above the floor. @default 0.001 */
  readonly share?: number;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
  /** Pairs drawn. @default 20_000 */
  readonly pairs?: number;
}

/**
 * The cosine that pairs of unrelated texts hardly ever reach: a floor for `verifiedPolicy`, as it differs much between encoders (.3 to .9).
 *
 * @param texts At least 20 questions of your traffic, of many subjects and without repeats.
 * @throws {InvalidOptionError} with fewer texts.
 */
export async function suggestFloor(
  embeddings: EmbeddingsInterface,
  texts: readonly string[],
  { share = 0.001, random = Math.random, pairs = 20_000 }: SuggestFloorOptions = {},
): Promise<number> {
  const distinct = [...new Set(texts)];
  if (distinct.length < 20) throw new InvalidOptionError(`\`texts\` has ${distinct.length} different texts. Pass at least 20.`);
  const vectors = await embeddings.embedDocuments(distinct);
  const cosines: number[] = [];
  const all = (distinct.length * (distinct.length - 1)) / 2;
  if (all <= pairs) {
    for (let a = 0; a < vectors.length; a += 1)
      for (let b = a + 1; b < vectors.length; b += 1) cosines.push(cosine(vectors[a], vectors[b]));
  } else {
    while (cosines.length < pairs) {
      const a = Math.floor(random() * vectors.length);
      const b = Math.floor(random() * vectors.length);
      if (a !== b) cosines.push(cosine(vectors[a], vectors[b]));
    }
  }
  cosines.sort((a, b) => a - b);
  const at = Math.min(cosines.length - 1, Math.ceil((1 - share) * cosines.length));
  return Math.min(1, Math.max(0, Math.ceil((cosines[at] ?? 0) * 100) / 100));
}

function cosine(a: readonly number[] = [], b: readonly number[] = []): number {
  let dot = 0;
  let squareA = 0;
  let squareB = 0;
  for (let index = 0; index < a.length; index += 1) {
    const [x, y] = [a[index] ?? 0, b[index] ?? 0];
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return dot / Math.sqrt(squareA * squareB);
}
