import { InvalidOptionError } from "@langthrift/core";
import { type HistorySummary, isHistorySummary } from "../engine/history-summary.ts";
import type { SummaryStore } from "./summary-store.ts";

/** What is used of a database; `node:sqlite`, `better-sqlite3` and `@photostructure/sqlite` fit. */
export interface SqliteDatabaseLike {
  exec(sql: string): unknown;
  prepare(sql: string): { get(...values: unknown[]): unknown; run(...values: unknown[]): { readonly changes: number | bigint } };
}

/** Options of {@link sqliteSummaryStore}. */
export interface SqliteSummaryStoreOptions {
  /** Letters, digits and underscores. Created when it is missing. @default "langthrift_history" */
  readonly table?: string;
}

/** Summaries in SQLite, one row a session. @throws {InvalidOptionError} when `table` is no plain name. */
export function sqliteSummaryStore(
  database: SqliteDatabaseLike,
  { table = "langthrift_history" }: SqliteSummaryStoreOptions = {},
): SummaryStore {
  if (!/^[A-Za-z_]\w*$/.test(table)) throw new InvalidOptionError(`\`table\` is "${table}". Pass letters, digits and underscores.`);
  database.exec(`CREATE TABLE IF NOT EXISTS ${table} (session TEXT PRIMARY KEY, version INTEGER NOT NULL, summary TEXT NOT NULL)`);
  const select = database.prepare(`SELECT summary FROM ${table} WHERE session = ?`);
  const insert = database.prepare(`INSERT INTO ${table} (session, version, summary) VALUES (?, ?, ?) ON CONFLICT (session) DO NOTHING`);
  const update = database.prepare(`UPDATE ${table} SET version = ?, summary = ? WHERE session = ? AND version = ?`);
  const remove = database.prepare(`DELETE FROM ${table} WHERE session = ?`);
  // The interface is synchronous; what it throws becomes a rejection.
  const run = <T>(work: () => T): Promise<T> => new Promise((resolve) => resolve(work()));
  return {
    atomic: true,
    load: (session) => run(() => parseSummary((select.get(session) as { summary?: unknown } | undefined)?.summary)),
    compareAndSet: (session, expected, next) =>
      run(() => {
        const text = JSON.stringify(next);
        const { changes } =
          expected === undefined ? insert.run(session, next.version, text) : update.run(next.version, text, session, expected);
        return Number(changes) === 1;
      }),
    delete: (session) =>
      run(() => {
        remove.run(session);
      }),
  };
}

function parseSummary(stored: unknown): HistorySummary | undefined {
  if (typeof stored !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(stored);
    return isHistorySummary(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
