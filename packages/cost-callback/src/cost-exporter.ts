import type { CostEntry, SavingsRecord } from "./cost-entry.ts";

/**
 * Where records go. Batches come in order, one at a time; a batch that rejects is counted and dropped, never retried by the handler.
 * An exporter may get an entry twice after a crash of its own and should go by `id`.
 */
export interface CostExporter {
  /** Takes a batch, in order. May reject: the batch is then counted as dropped, and no call fails. */
  export(entries: readonly CostEntry[], savings: readonly SavingsRecord[]): Promise<void>;
  /** Writes out what it buffers and frees what it holds. */
  close(): Promise<void>;
}
