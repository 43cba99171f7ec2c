import type { HistorySummary } from "../engine/history-summary.ts";

/**
 * Port: where summaries live, one for each session. Holds no messages. Any method may reject; the caller goes on without it.
 * Session names may be any text; a store must keep them apart exactly.
 */
export interface SummaryStore {
  /** Whether `compareAndSet` is atomic across processes. If not, a lost race costs one summary, never a message. */
  readonly atomic: boolean;
  /** The summary as it was set; `undefined` when there is none or what is there is no summary. */
  load(session: string): Promise<HistorySummary | undefined>;
  /**
   * Sets `next` if the stored version is `expected` (`undefined`: nothing is stored) and says whether it did.
   */
  compareAndSet(session: string, expected: number | undefined, next: HistorySummary): Promise<boolean>;
  /** Forgets the session; no error when there is nothing. */
  delete(session: string): Promise<void>;
}
