import type { Callbacks } from "@langchain/core/callbacks/manager";
import type { DocumentInterface } from "@langchain/core/documents";
import { BaseDocumentCompressor } from "@langchain/core/retrievers/document_compressors";
import { createFailureLog, type Logger } from "@langthrift/core";
import type { CompressOptions, CompressResult, Compressor } from "../compressor.ts";
import { checkCompressOptions } from "../engine/options.ts";
import { reportSaving, type SavingsOptions } from "./savings.ts";

/** Options of {@link CompressingDocumentCompressor}. */
export interface CompressingDocumentCompressorOptions extends Omit<CompressOptions, "question">, SavingsOptions {
  /** What shortens the texts. */
  readonly compressor: Compressor;
  /** Documents of which nothing is left are dropped. @default true */
  readonly dropEmpty?: boolean;
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
}

/**
 * Shortens retrieved documents for the query that found them, over one budget: a document that answers keeps more than one that does not. For
 * `ContextualCompressionRetriever`. Metadata and ids stay; order stays.
 */
export class CompressingDocumentCompressor extends BaseDocumentCompressor {
  readonly #options: CompressingDocumentCompressorOptions;
  readonly #failures: ReturnType<typeof createFailureLog>;

  /** @throws {InvalidOptionError} */
  constructor(options: CompressingDocumentCompressorOptions) {
    super();
    checkCompressOptions(options);
    this.#options = options;
    const { logger, onEvent, clock, newId } = options;
    this.#failures = createFailureLog({ strategy: "prompt-compressor", logger, onEvent, ...(clock && { clock }), ...(newId && { newId }) });
  }

  async compressDocuments(documents: DocumentInterface[], query: string, callbacks?: Callbacks): Promise<DocumentInterface[]> {
    const { compressor, dropEmpty = true, prices: _p, onEvent: _e, clock: _c, newId: _n, logger: _l, ...options } = this.#options;
    const startedAt = performance.now();
    const segments = documents.map(({ pageContent }) => ({ kind: "context" as const, text: pageContent }));
    let result: CompressResult;
    try {
      result = await compressor.compress(segments, { ...options, question: query });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      this.#failures.note("compressor-failed", error);
      return documents;
    }
    const { segments: shorter, skipped, warnings, stats } = result;
    if (skipped === "error") this.#failures.note("compressor-failed", new Error(warnings.at(-1)));
    if (skipped !== undefined) return documents;
    const shown = documents.flatMap((document, index) => {
      const pageContent = shorter[index]?.text ?? document.pageContent;
      if (dropEmpty && pageContent.trim() === "" && document.pageContent.trim() !== "") return [];
      return [{ ...document, pageContent }];
    });
    const saved = {
      savedTokens: stats.tokensIn - stats.tokensOut,
      savedCachedTokens: 0,
      compressor: compressor.name,
      changedMessages: shown.length,
      model: options.model,
    };
    await reportSaving({ ...saved, latencyMs: performance.now() - startedAt }, this.#options, {
      config: callbacks === undefined ? undefined : { callbacks },
    });
    return shown;
  }
}
