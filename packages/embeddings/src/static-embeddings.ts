import { Embeddings } from "@langchain/core/embeddings";
import { type Clock, InvalidOptionError, systemClock } from "@langthrift/core";
import { abortable, type EmbedCallOptions } from "./embed-call-options.ts";
import { embedTexts } from "./embed-texts.ts";
import { type EmbeddingEvent, report } from "./embedding-event.ts";
import { loadTokenizer } from "./mini-lm-files.ts";
import { loadStaticTable, staticDimensions } from "./static-table.ts";

/** Options of {@link StaticEmbeddings}. */
export interface StaticEmbeddingsOptions {
  /** Word pieces read of each text, at least 3; two of them are spent on its frame. The rest is cut off. @default 512 */
  readonly maxTokens?: number;
  /** Folder with MiniLM's `tokenizer.json`, for a bundled app. @default the installed package */
  readonly modelDirectory?: string;
  /** The file `assets/static-table.bin` of this package, for a bundled app. @default the installed file */
  readonly tablePath?: string;
  /** Called once after each call that succeeded, with tokens and milliseconds. */
  readonly onEvent?: (event: EmbeddingEvent) => void;
  /** Only its monotonic reading is used. @default systemClock */
  readonly clock?: Pick<Clock, "monotonic">;
}

/**
 * Sentence embeddings from a table of word pieces: 256 dimensions, unit length, some hundred times faster than MiniLM.
 *
 * A text is the weighted mean of its pieces, so word order and negation are invisible: fit for scans and features, never to decide
 * alone whether two texts mean the same. Texts without any piece all get one vector.
 *
 * @throws {InvalidOptionError} when `maxTokens` is out of range.
 * @see Arora, Liang & Ma 2017, "A simple but tough-to-beat baseline for sentence embeddings"
 */
export class StaticEmbeddings extends Embeddings {
  /** Length of the vectors. */
  readonly dimensions: number = staticDimensions;
  /** Name of the model, as events report it. */
  readonly model: string = "langthrift-static-256";
  readonly #options: StaticEmbeddingsOptions;
  readonly #maxTokens: number;
  readonly #clock: Pick<Clock, "monotonic">;

  constructor(options: StaticEmbeddingsOptions = {}) {
    super({});
    const { maxTokens = 512, clock = systemClock } = options;
    if (!Number.isInteger(maxTokens) || maxTokens < 3) {
      throw new InvalidOptionError(`\`maxTokens\` is ${maxTokens}. Pass an integer, at least 3.`);
    }
    this.#options = options;
    this.#maxTokens = maxTokens;
    this.#clock = clock;
  }

  /** @throws {WeightsError} when a file is missing or altered. */
  override async embedQuery(text: string, options: EmbedCallOptions = {}): Promise<number[]> {
    const [vector] = await this.embedDocuments([text], options);
    return vector as number[];
  }

  /** One vector a text, in order. @throws {WeightsError} when a file is missing or altered. */
  override async embedDocuments(texts: readonly string[], { signal }: EmbedCallOptions = {}): Promise<number[][]> {
    const startedAt = this.#clock.monotonic();
    const { modelDirectory, tablePath, onEvent } = this.#options;
    const [tokenizer, table] = await abortable(Promise.all([loadTokenizer(modelDirectory), loadStaticTable(tablePath)]), signal);
    const { vectors, tokens, truncated } = await embedTexts(texts, {
      tokenizer,
      maxTokens: this.#maxTokens,
      encode: (ids) => table.embed(ids),
      clock: this.#clock,
      signal,
    });
    report(onEvent, { model: this.model, texts: texts.length, tokens, truncated, ms: this.#clock.monotonic() - startedAt });
    return vectors;
  }
}
