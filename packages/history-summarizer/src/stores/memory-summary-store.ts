import { InvalidOptionError } from "@langthrift/core";
import type { HistorySummary } from "../engine/history-summary.ts";
import type { SummaryStore } from "./summary-store.ts";

/** Options of {@link memorySummaryStore}. */
export interface MemorySummaryStoreOptions {
  /** Sessions held; beyond it the one unused for longest is forgotten, which costs a summary and no message. @default 10_000 */
  readonly maxSessions?: number;
}

/** Summaries in this process. @throws {InvalidOptionError} when `maxSessions` is not a whole number above 0. */
export function memorySummaryStore({ maxSessions = 10_000 }: MemorySummaryStoreOptions = {}): SummaryStore {
  if (!Number.isInteger(maxSessions) || maxSessions < 1) {
    throw new InvalidOptionError(`\`maxSessions\` is ${maxSessions}. Pass a whole number above 0.`);
  }
  // A Map keeps the order of insertion: the first key is the one unused for longest.
  const sessions = new Map<string, HistorySummary>();
  function touch(session: string, summary: HistorySummary): void {
    sessions.delete(session);
    sessions.set(session, summary);
    if (sessions.size > maxSessions) sessions.delete(sessions.keys().next().value as string);
  }
  return {
    atomic: true,
    load(session) {
      const summary = sessions.get(session);
      if (summary) touch(session, summary);
      return Promise.resolve(summary);
    },
    compareAndSet(session, expected, next) {
      if (sessions.get(session)?.version !== expected) return Promise.resolve(false);
      // A copy, so that nobody changes what is stored.
      touch(session, structuredClone(next));
      return Promise.resolve(true);
    },
    delete(session) {
      sessions.delete(session);
      return Promise.resolve();
    },
  };
}
