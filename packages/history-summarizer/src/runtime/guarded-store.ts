import { type FailureLog, withTimeout } from "@langthrift/core";
import type { HistorySummary } from "../engine/history-summary.ts";
import type { SummaryStore } from "../stores/summary-store.ts";

/** What became of a summary that was to be stored. */
export type Kept = "written" | "lost-race" | "store-failed";

/** A store within a time limit, whose failures are noted and change nothing. Never rejects. */
export class GuardedStore {
  readonly #log: FailureLog;
  readonly #timeoutMs: number;

  constructor(log: FailureLog, timeoutMs: number) {
    this.#log = log;
    this.#timeoutMs = timeoutMs;
  }

  async load(store: SummaryStore, session: string): Promise<{ summary: HistorySummary | undefined; failed: boolean }> {
    try {
      return { summary: await withTimeout("The summary store", this.#timeoutMs, () => store.load(session)), failed: false };
    } catch (error) {
      this.#log.note("store-failed", error);
      return { summary: undefined, failed: true };
    }
  }

  /** Of several writers of a version one wins, and the others show what it wrote. */
  async keep(
    store: SummaryStore,
    session: string,
    stored: HistorySummary | undefined,
    written: HistorySummary,
  ): Promise<{ summary: HistorySummary | undefined; outcome: Kept }> {
    try {
      const set = await withTimeout("The summary store", this.#timeoutMs, () => store.compareAndSet(session, stored?.version, written));
      if (set) return { summary: written, outcome: "written" };
    } catch (error) {
      this.#log.note("store-failed", error);
      return { summary: stored, outcome: "store-failed" };
    }
    const { summary } = await this.load(store, session);
    return { summary: summary ?? stored, outcome: "lost-race" };
  }
}
