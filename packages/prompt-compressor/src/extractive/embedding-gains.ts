import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import type { Gains } from "./select-units.ts";
import { withNeighbours } from "./rankers.ts";
import type { Unit } from "./units.ts";

const BATCH = 256;
/** Weight of nearness against novelty, as in maximal marginal relevance (Carbonell & Goldstein 1998). */
const LAMBDA = 0.7;
const MAX_COMPARED = 64;

/** Worth of a unit by its vector: near the question, or near the middle of the whole text, and unlike what is chosen already. Anew for each selection. */
export async function embeddingGains(options: {
  readonly embeddings: EmbeddingsInterface;
  readonly units: readonly Unit[];
  readonly question: string | undefined;
  readonly neighbours: number;
  readonly signal: AbortSignal;
}): Promise<() => Gains> {
  const { embeddings, units, question, neighbours, signal } = options;
  const vectors: Float64Array[] = [];
  for (let at = 0; at < units.length; at += BATCH) {
    signal.throwIfAborted();
    const texts = units.slice(at, at + BATCH).map(({ text }) => text.trim() || " ");
    for (const vector of await embeddings.embedDocuments(texts)) vectors.push(unitLength(vector));
  }
  const aim = question === undefined ? meanOf(vectors) : unitLength(await embeddings.embedQuery(question));
  const near = Float64Array.from(vectors, (vector) => dot(vector, aim));
  if (question !== undefined) {
    const lifted = withNeighbours(units, near, neighbours);
    return () => ({ gain: (unit) => lifted[unit] as number });
  }
  return () => {
    let compared = 0;
    const nearest = new Float64Array(units.length);
    return {
      gain: (unit) => LAMBDA * (near[unit] as number) - (1 - LAMBDA) * (nearest[unit] as number),
      chosen: (unit) => {
        // Only the first choices count as known: a comparison with all of them would make the time quadratic.
        compared += 1;
        if (compared > MAX_COMPARED) return;
        const vector = vectors[unit] as Float64Array;
        for (const [other, candidate] of vectors.entries()) nearest[other] = Math.max(nearest[other] as number, dot(candidate, vector));
      },
    };
  };
}

function unitLength(vector: readonly number[]): Float64Array {
  const length = Math.hypot(...vector);
  return Float64Array.from(vector, (value) => (length === 0 ? 0 : value / length));
}

function meanOf(vectors: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (const [at, value] of vector.entries()) sum[at] = (sum[at] as number) + value;
  return unitLength([...sum]);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] as number) * (b[at] as number);
  return sum;
}
