import type { Document, DocumentInterface } from "@langchain/core/documents";
import { VectorStore } from "@langchain/core/vectorstores";
import { type Clock, IN_LEDGER, InvalidOptionError, type NanoUsd, systemClock } from "@langthrift/core";
import type { CostCallbackHandler } from "../cost-callback-handler.ts";

/** What a vector store bills. All optional; what is absent costs nothing. */
export interface VectorStoreRates {
  /** A gigabyte (1e9 bytes) kept for a month of 730 hours. */
  readonly storageUsdPerGbMonth?: number;
  /** A million read units; a search is one unit. */
  readonly readUsdPerMillion?: number;
  /** A million vectors written. */
  readonly writeUsdPerMillion?: number;
  /** A search, besides its read unit. */
  readonly queryUsd?: number;
}

/** Options of {@link TrackedVectorStore}. */
export interface TrackedVectorStoreOptions {
  /** The ledger. */
  readonly costs: CostCallbackHandler;
  /** Name in the ledger. @default the store's `_vectorstoreType()` */
  readonly name?: string;
  /** What reads, writes and storage cost you. */
  readonly rates: VectorStoreRates;
  /** Vectors that are there already, for the storage cost. @default 0 bytes */
  readonly storedBytes?: number;
  /** Labels of the calls: user, tenant, feature. @default none */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** @default systemClock */
  readonly clock?: Pick<Clock, "now" | "monotonic">;
}

const HOUR_MS = 3_600_000;
const MONTH_HOURS = 730;

/** A vector store whose reads, writes and storage go into the ledger at your rates. */
export class TrackedVectorStore extends VectorStore {
  readonly inner: VectorStore;
  declare FilterType: VectorStore["FilterType"];
  readonly #options: TrackedVectorStoreOptions;
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  #storedBytes: number;
  #storageChargedAt: number;
  /** Storage that is less than a nano-dollar waits for more of it. */
  #storageRest = 0;

  /** @throws {InvalidOptionError} when a rate is no price. */
  constructor(inner: VectorStore, options: TrackedVectorStoreOptions) {
    super(inner.embeddings, {});
    for (const [name, rate] of Object.entries(options.rates) as [string, number][]) {
      if (!Number.isFinite(rate) || rate < 0) throw new InvalidOptionError(`\`rates.${name}\` is ${rate}. Pass US dollars, 0 or more.`);
    }
    this.inner = inner;
    this.#options = options;
    // Strategies that are given this object do not report its cost a second time.
    Object.assign(this, { [IN_LEDGER]: true });
    this.#clock = options.clock ?? systemClock;
    this.#storedBytes = options.storedBytes ?? 0;
    this.#storageChargedAt = this.#clock.now();
  }

  /** The base class asks before `inner` is there. */
  override _vectorstoreType(): string {
    return (this.inner as VectorStore | undefined)?._vectorstoreType() ?? "tracked";
  }

  /** 4 bytes a dimension, and the document's text and metadata as JSON, of what was added through this object. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  override async addVectors(vectors: number[][], documents: DocumentInterface[], options?: object): Promise<string[] | void> {
    return this.#write(vectors, documents, () => this.inner.addVectors(vectors, documents as Document[], options));
  }

  override async addDocuments(documents: DocumentInterface[], options?: object): Promise<string[] | void> {
    return this.addVectors(await this.inner.embeddings.embedDocuments(documents.map(({ pageContent }) => pageContent)), documents, options);
  }

  override async similaritySearchVectorWithScore(
    query: number[],
    k: number,
    filter?: this["FilterType"],
  ): Promise<[DocumentInterface, number][]> {
    const started = this.#clock.monotonic();
    const found = await this.inner.similaritySearchVectorWithScore(query, k, filter);
    const { readUsdPerMillion = 0, queryUsd = 0 } = this.#options.rates;
    this.#charge("read", readUsdPerMillion / 1e6 + queryUsd, this.#clock.monotonic() - started);
    return found;
  }

  override async delete(parameters?: Record<string, unknown>): Promise<void> {
    await this.inner.delete(parameters);
  }

  /**
   * Charges what was stored since the last time: bytes x hours / 730 h. Call it before a report, or every hour; writes call it too.
   * @returns nano-dollars charged now
   */
  chargeStorage(): NanoUsd {
    const now = this.#clock.now();
    const hours = Math.max(0, now - this.#storageChargedAt) / HOUR_MS;
    this.#storageChargedAt = now;
    const usdPerGb = this.#options.rates.storageUsdPerGbMonth ?? 0;
    this.#storageRest += usdPerGb * this.#storedBytes * (hours / MONTH_HOURS);
    const whole = Math.floor(this.#storageRest);
    // A dollar for 1e9 bytes is a nano-dollar for one.
    this.#storageRest -= whole;
    if (whole > 0) this.#record("storage", whole as NanoUsd);
    return whole as NanoUsd;
  }

  /** Forgets bytes that were deleted. */
  release(bytes: number): void {
    this.chargeStorage();
    this.#storedBytes = Math.max(0, this.#storedBytes - bytes);
  }

  async #write<T>(vectors: readonly number[][], documents: readonly DocumentInterface[], run: () => Promise<T>): Promise<T> {
    const started = this.#clock.monotonic();
    const result = await run();
    this.#charge("write", ((this.#options.rates.writeUsdPerMillion ?? 0) * vectors.length) / 1e6, this.#clock.monotonic() - started);
    this.chargeStorage();
    for (const [index, vector] of vectors.entries()) this.#storedBytes += 4 * vector.length + documentBytes(documents[index]);
    return result;
  }

  #charge(operation: string, amountUsd: number, latencyMs: number): void {
    this.#record(operation, Math.round(amountUsd * 1e9) as NanoUsd, latencyMs);
  }

  #record(operation: string, nanoUsd: NanoUsd, latencyMs?: number): void {
    this.#options.costs.recordCost({
      kind: "vector-store",
      model: this.#options.name ?? this._vectorstoreType(),
      runName: operation,
      nanoUsd,
      at: this.#clock.now(),
      ...(latencyMs !== undefined && { latencyMs: Math.round(latencyMs * 1000) / 1000 }),
      ...(this.#options.metadata && { metadata: this.#options.metadata }),
    });
  }
}

function documentBytes(document: DocumentInterface | undefined): number {
  if (!document) return 0;
  try {
    return Buffer.byteLength(document.pageContent) + Buffer.byteLength(JSON.stringify(document.metadata ?? {}));
  } catch {
    return Buffer.byteLength(document.pageContent);
  }
}
