import { createHash } from "node:crypto";
import { Embeddings, type EmbeddingsInterface } from "@langchain/core/embeddings";
import { IN_LEDGER, InvalidOptionError } from "@langthrift/core";
import { LRUCache } from "lru-cache";
import { abortable, type EmbedCallOptions } from "./embed-call-options.ts";

/** Options of {@link CachedEmbeddings}. */
export interface CachedEmbeddingsOptions {
  /** What embeds the texts that are not cached. */
  readonly embeddings: EmbeddingsInterface;
  /** Vectors kept; the least recently used goes first. 384 dimensions take 3 KB each. @default 5000 */
  readonly maxEntries?: number;
  /**
   * Set it for a model that embeds questions and documents differently (Cohere, Voyage, E5): the two are then cached apart, and
   * concurrent queries go out one by one. @default false
   */
  readonly asymmetric?: boolean;
}

/** How often texts were served from where, since construction. */
export interface CachedEmbeddingsStats {
  /** Texts answered from the cache. */
  readonly hits: number;
  /** Texts that joined an embedding of the same text already under way. */
  readonly joined: number;
  /** Texts sent to the wrapped embeddings. */
  readonly misses: number;
}

type Kind = "query" | "document";

interface Waiting {
  readonly text: string;
  readonly resolve: (vector: number[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A bounded cache in front of any embeddings. The same text is embedded once, also when it is asked for twice at a time or as a query
 * and then as a document; queries of one turn of the event loop go out as one batch. Failures are not kept.
 *
 * Keys are SHA-256 hashes: no text stays in memory. An abort ends the caller's wait; work that others may share goes on.
 *
 * @throws {InvalidOptionError} when `maxEntries` is not a positive integer.
 */
export class CachedEmbeddings extends Embeddings {
  /** Name of the wrapped model, where it says one: prices go by it. Those of this package cost 0. */
  declare readonly model?: string;
  /** Length of the vectors, where the wrapped model says it. */
  declare readonly dimensions?: number;
  readonly #embeddings: EmbeddingsInterface;
  readonly #asymmetric: boolean;
  readonly #vectors: LRUCache<string, readonly number[]>;
  readonly #pending = new Map<string, Promise<readonly number[]>>();
  #queue: Waiting[] = [];
  #hits = 0;
  #joined = 0;
  #misses = 0;

  constructor({ embeddings, maxEntries = 5000, asymmetric = false }: CachedEmbeddingsOptions) {
    super({});
    if (!Number.isInteger(maxEntries) || maxEntries < 1) {
      throw new InvalidOptionError(`\`maxEntries\` is ${maxEntries}. Pass an integer, at least 1.`);
    }
    this.#embeddings = embeddings;
    this.#asymmetric = asymmetric;
    this.#vectors = new LRUCache({ max: maxEntries });
    Object.assign(this, shownBy(embeddings));
    // A ledger that sees the wrapped embeddings itself must not count them twice.
    if ((embeddings as { readonly [IN_LEDGER]?: unknown })[IN_LEDGER] === true) Object.assign(this, { [IN_LEDGER]: true });
  }

  get stats(): CachedEmbeddingsStats {
    return { hits: this.#hits, joined: this.#joined, misses: this.#misses };
  }

  override async embedQuery(text: string, { signal }: EmbedCallOptions = {}): Promise<number[]> {
    signal?.throwIfAborted();
    const key = this.#key("query", text);
    const vector = await abortable(this.#find(key) ?? this.#start(key, this.#enqueue(text)), signal);
    return vector.slice();
  }

  /** One vector a text, in order. The texts that are not cached go out in one call. */
  override async embedDocuments(texts: readonly string[], { signal }: EmbedCallOptions = {}): Promise<number[][]> {
    signal?.throwIfAborted();
    const missing: Waiting[] = [];
    const vectors = texts.map((text) => {
      const key = this.#key("document", text);
      return this.#find(key) ?? this.#start(key, new Promise((resolve, reject) => missing.push({ text, resolve, reject })));
    });
    if (missing.length > 0) {
      void this.#embedTogether(missing, (error) => {
        for (const { reject } of missing) reject(error);
      });
    }
    const found = await abortable(Promise.all(vectors), signal);
    return found.map((vector) => vector.slice());
  }

  #key(kind: Kind, text: string): string {
    // UTF-16, because UTF-8 makes one of all lone surrogates.
    const hash = createHash("sha256").update(text, "utf16le").digest("base64");
    return this.#asymmetric ? `${kind}:${hash}` : hash;
  }

  #find(key: string): Promise<readonly number[]> | undefined {
    const cached = this.#vectors.get(key);
    if (cached !== undefined) {
      this.#hits += 1;
      return Promise.resolve(cached);
    }
    const pending = this.#pending.get(key);
    if (pending !== undefined) this.#joined += 1;
    return pending;
  }

  #start(key: string, embedding: Promise<number[]>): Promise<readonly number[]> {
    this.#misses += 1;
    const settled = embedding
      .then((vector) => {
        this.#vectors.set(key, vector);
        return vector;
      })
      .finally(() => this.#pending.delete(key));
    // The caller may have left on an abort; its rejection is then nobody's.
    settled.catch(() => undefined);
    this.#pending.set(key, settled);
    return settled;
  }

  #enqueue(text: string): Promise<number[]> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ text, resolve, reject });
      if (this.#queue.length === 1) queueMicrotask(() => this.#flush());
    });
  }

  #flush(): void {
    const queue = this.#queue;
    this.#queue = [];
    if (this.#asymmetric || queue.length === 1) {
      for (const waiting of queue) void this.#embedAlone(waiting);
    } else {
      // One text that the model refuses must not fail the others.
      void this.#embedTogether(queue, () => {
        for (const waiting of queue) void this.#embedAlone(waiting);
      });
    }
  }

  async #embedAlone({ text, resolve, reject }: Waiting): Promise<void> {
    try {
      resolve(await this.#embeddings.embedQuery(text));
    } catch (error) {
      reject(error);
    }
  }

  async #embedTogether(waiting: readonly Waiting[], failed: (error: unknown) => void): Promise<void> {
    try {
      const vectors = await this.#embeddings.embedDocuments(waiting.map(({ text }) => text));
      if (vectors.length !== waiting.length) {
        throw new RangeError(`The embeddings gave ${vectors.length} vectors for ${waiting.length} texts.`);
      }
      for (const [index, { resolve }] of waiting.entries()) resolve(vectors[index] as number[]);
    } catch (error) {
      failed(error);
    }
  }
}

/** What LangChain's integrations say of themselves, under the names that they use. */
function shownBy(embeddings: EmbeddingsInterface): { readonly model?: string; readonly dimensions?: number } {
  const { model, modelName, dimensions } = embeddings as { model?: unknown; modelName?: unknown; dimensions?: unknown };
  const name = [model, modelName].find((value): value is string => typeof value === "string" && value !== "");
  return { ...(name !== undefined && { model: name }), ...(typeof dimensions === "number" && { dimensions }) };
}
