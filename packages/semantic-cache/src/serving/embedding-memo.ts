import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { LRUCache } from "lru-cache";

/** Embeds each text once: concurrent equal texts share the call, recent ones are remembered for the store that follows a lookup. */
export class EmbeddingMemo {
  readonly #embeddings: EmbeddingsInterface;
  readonly #vectors: LRUCache<string, Float32Array>;
  readonly #pending = new Map<string, Promise<Float32Array>>();
  #warm = false;
  /** Set when a request gave up waiting for the model to load. */
  slowStart = false;

  constructor(embeddings: EmbeddingsInterface, max = 1000) {
    this.#embeddings = embeddings;
    this.#vectors = new LRUCache({ max });
  }

  /** Whether an embedding ever succeeded. A local model takes seconds to load; waiting for it is no failure of it. */
  get warm(): boolean {
    return this.#warm;
  }

  get busy(): boolean {
    return this.#pending.size > 0;
  }

  known(text: string): Float32Array | undefined {
    return this.#vectors.get(text);
  }

  /** Unit length. Rejects with what the embedding threw, or a RangeError for a vector without direction. */
  embed(text: string): Promise<Float32Array> {
    const known = this.#vectors.get(text);
    if (known) return Promise.resolve(known);
    const running = this.#pending.get(text);
    if (running) return running;
    const started = this.#run(text).finally(() => this.#pending.delete(text));
    this.#pending.set(text, started);
    return started;
  }

  async #run(text: string): Promise<Float32Array> {
    const vector = unitVector(await this.#embeddings.embedQuery(text));
    this.#warm = true;
    this.#vectors.set(text, vector);
    return vector;
  }
}

function unitVector(values: readonly number[] | Float32Array): Float32Array {
  let squares = 0;
  for (const value of values) squares += value * value;
  const norm = Math.sqrt(squares);
  if (!(norm > 0) || !Number.isFinite(norm)) throw new RangeError("The embedding returned a vector that is empty, zero or not finite.");
  const vector = new Float32Array(values.length);
  for (let index = 0; index < values.length; index += 1) vector[index] = (values[index] ?? 0) / norm;
  return vector;
}

/** Cosine of two unit vectors. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
