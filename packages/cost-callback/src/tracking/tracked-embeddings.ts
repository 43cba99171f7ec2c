import { Embeddings, type EmbeddingsInterface } from "@langchain/core/embeddings";
import { defaultTokenCounter, IN_LEDGER, InvalidOptionError, type TokenCounter } from "@langthrift/core";
import type { CostCallbackHandler } from "../cost-callback-handler.ts";
import type { EstimateReason } from "../estimate-reason.ts";
import { EmbeddingUsageReader } from "./embedding-usage.ts";

/** Options of {@link TrackedEmbeddings}. */
export interface TrackedEmbeddingsOptions {
  /** The ledger. */
  readonly costs: CostCallbackHandler;
  /** @default the inner embeddings' own `model` or `modelName` */
  readonly model?: string;
  /** @default "openai" */
  readonly provider?: string;
  /**
   * Reads the provider's own token counts, for clients that take a `fetch`: give them `reader.fetch`. Without it tokens are counted here and
   * the entry is marked as an estimate, unless the counter is exact for the model.
   */
  readonly reader?: EmbeddingUsageReader;
  /** Counts where no `reader` does. @default core's */
  readonly tokenCounter?: TokenCounter;
  /** Labels of the calls. @default none */
  readonly tags?: readonly string[];
  /** Labels of the calls: user, tenant, feature. @default none */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/**
 * Embeddings whose cost goes into the ledger: LangChain calls no handler for embeddings and drops their usage.
 *
 * @example
 * const reader = new EmbeddingUsageReader();
 * const inner = new OpenAIEmbeddings({ model: "text-embedding-3-small", configuration: { fetch: reader.fetch } });
 * const embeddings = new TrackedEmbeddings(inner, { costs, reader });
 */
export class TrackedEmbeddings extends Embeddings {
  readonly inner: EmbeddingsInterface;
  readonly #options: TrackedEmbeddingsOptions;
  readonly #model: string;
  readonly #reader: EmbeddingUsageReader;

  /** @throws {InvalidOptionError} when no model name is known. */
  constructor(inner: EmbeddingsInterface, options: TrackedEmbeddingsOptions) {
    super({ maxRetries: 0 });
    this.inner = inner;
    // Strategies that are given this object do not report its cost a second time.
    Object.assign(this, { [IN_LEDGER]: true });
    this.#options = options;
    this.#reader = options.reader ?? new EmbeddingUsageReader();
    const { model, modelName } = inner as { model?: unknown; modelName?: unknown };
    const name = options.model ?? [model, modelName].find((value): value is string => typeof value === "string");
    if (name === undefined) throw new InvalidOptionError("The embeddings do not name their model. Pass `model`, as the price list has it.");
    this.#model = name;
  }

  override embedQuery(text: string): Promise<number[]> {
    return this.#track([text], () => this.inner.embedQuery(text));
  }

  override embedDocuments(texts: string[]): Promise<number[][]> {
    return this.#track(texts, () => this.inner.embedDocuments(texts));
  }

  async #track<T>(texts: readonly string[], run: () => Promise<T>): Promise<T> {
    if (texts.length === 0) return run();
    const started = performance.now();
    const { result, usage } = await this.#reader.watch(texts, run);
    const latencyMs = Math.round((performance.now() - started) * 1000) / 1000;
    try {
      const counter = usage ? undefined : (this.#options.tokenCounter ?? (await defaultTokenCounter({ logger: false })));
      const inputTokens = usage?.inputTokens ?? texts.reduce((sum, text) => sum + (counter?.count(text, this.#model) ?? 0), 0);
      const estimated = counter !== undefined && !counter.isExact(this.#model);
      const reasons: EstimateReason[] = usage ? [] : ["usage-not-sent"];
      this.#options.costs.recordCost({
        kind: "embedding",
        model: this.#model,
        provider: this.#options.provider ?? "openai",
        usage: { inputTokens, ...(estimated && { estimated }) },
        latencyMs,
        ...(reasons.length > 0 && { estimateReasons: reasons }),
        ...(this.#options.tags && { tags: this.#options.tags }),
        ...(this.#options.metadata && { metadata: this.#options.metadata }),
      });
    } catch {
      // Counting never costs a caller the vectors.
    }
    return result;
  }
}
