import { Embeddings } from "@langchain/core/embeddings";
import { type Clock, InvalidOptionError, systemClock } from "@langthrift/core";
import { abortable, type EmbedCallOptions } from "./embed-call-options.ts";
import { embedTexts } from "./embed-texts.ts";
import { type EmbeddingEvent, report } from "./embedding-event.ts";
import { miniLM } from "./mini-lm-encoder.ts";
import { loadMiniLM, type MiniLMModel } from "./mini-lm-model.ts";

/** Options of {@link MiniLMEmbeddings}. */
export interface MiniLMEmbeddingsOptions {
  /** Word pieces read of each text, its two frame tokens among them; 3 to 256. The rest is cut off. @default 256 */
  readonly maxTokens?: number;
  /** Folder with `model.fp16.safetensors` and `tokenizer.json`, for a bundled app. @default the installed package */
  readonly modelDirectory?: string;
  /** `"javascript"` forces the slow kernel; `"auto"` takes it only without WebAssembly SIMD. @default "auto" */
  readonly kernel?: "auto" | "javascript";
  /** Called once after each call that succeeded, with tokens and milliseconds. */
  readonly onEvent?: (event: EmbeddingEvent) => void;
  /** Only its monotonic reading is used. @default systemClock */
  readonly clock?: Pick<Clock, "monotonic">;
}

/**
 * Sentence embeddings by all-MiniLM-L6-v2, in this process, without key or download: 384 dimensions, unit length.
 *
 * The model loads on first use, once per process. Embedding runs on the calling thread: a short question takes a few
 * milliseconds, a text of 256 word pieces about a hundred; between two texts the event loop gets a turn.
 *
 * @throws {InvalidOptionError} when `maxTokens` or `kernel` is out of range.
 */
export class MiniLMEmbeddings extends Embeddings {
  /** Length of the vectors. */
  readonly dimensions: number = miniLM.dimensions;
  /** Name of the model, as events report it. */
  readonly model: string = "all-MiniLM-L6-v2";
  readonly #maxTokens: number;
  readonly #load: () => Promise<MiniLMModel>;
  readonly #onEvent: ((event: EmbeddingEvent) => void) | undefined;
  readonly #clock: Pick<Clock, "monotonic">;

  constructor(options: MiniLMEmbeddingsOptions = {}) {
    super({});
    const { maxTokens = miniLM.maxTokens, modelDirectory, kernel = "auto", onEvent, clock = systemClock } = options;
    if (!Number.isInteger(maxTokens) || maxTokens < 3 || maxTokens > miniLM.maxTokens) {
      throw new InvalidOptionError(`\`maxTokens\` is ${maxTokens}. Pass an integer from 3 to ${miniLM.maxTokens}.`);
    }
    if (kernel !== "auto" && kernel !== "javascript") {
      throw new InvalidOptionError(`\`kernel\` is ${String(kernel)}. Pass "auto" or "javascript".`);
    }
    this.#maxTokens = maxTokens;
    this.#load = () => loadMiniLM(modelDirectory === undefined ? { kernel } : { kernel, modelDirectory });
    this.#onEvent = onEvent;
    this.#clock = clock;
  }

  /**
   * Loads the model ahead of the first query, for a predictable first answer.
   * @throws {WeightsError} when a file of the model is missing or altered.
   */
  async load({ signal }: EmbedCallOptions = {}): Promise<void> {
    await abortable(this.#load(), signal);
  }

  /** @throws {WeightsError} when a file of the model is missing or altered. */
  override async embedQuery(text: string, options: EmbedCallOptions = {}): Promise<number[]> {
    const [vector] = await this.embedDocuments([text], options);
    return vector as number[];
  }

  /** One vector a text, in order. @throws {WeightsError} when a file of the model is missing or altered. */
  override async embedDocuments(texts: readonly string[], { signal }: EmbedCallOptions = {}): Promise<number[][]> {
    const startedAt = this.#clock.monotonic();
    const { tokenizer, encoder } = await abortable(this.#load(), signal);
    const { vectors, tokens, truncated } = await embedTexts(texts, {
      tokenizer,
      maxTokens: this.#maxTokens,
      encode: (ids) => encoder.encode(ids),
      clock: this.#clock,
      signal,
    });
    const ms = this.#clock.monotonic() - startedAt;
    report(this.#onEvent, { model: this.model, texts: texts.length, tokens, truncated, ms });
    return vectors;
  }
}
