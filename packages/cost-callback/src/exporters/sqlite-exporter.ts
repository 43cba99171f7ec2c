import { InvalidOptionError } from "@langthrift/core";
import type { CostEntry, SavingsRecord } from "../cost-entry.ts";
import type { CostExporter } from "../cost-exporter.ts";

/** What is used of a database: `node:sqlite`, `better-sqlite3` and `@photostructure/sqlite` fit. */
export interface SqliteDatabaseLike {
  exec(sql: string): unknown;
  prepare(sql: string): { run(...values: SqliteValue[]): unknown };
}

/** What is bound to a statement. */
export type SqliteValue = string | number | null;

/** Options of {@link sqliteExporter}. */
export interface SqliteExporterOptions {
  /** An open database. It stays yours to close. */
  readonly database: SqliteDatabaseLike;
  /** Name of the table of calls; savings go into `<table>_savings`. @default "llm_costs" */
  readonly table?: string;
}

const entryColumns = [
  "id",
  "root_id",
  "parent_id",
  "at",
  "latency_ms",
  "first_token_ms",
  "kind",
  "provider",
  "model",
  "requested_model",
  "tier",
  "status",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "cache_write_1h_tokens",
  "reasoning_tokens",
  "input_audio_tokens",
  "output_audio_tokens",
  "web_searches",
  "nano_usd",
  "price_source",
  "confidence",
  "estimate_reasons",
  "catalog_version",
  "attempt",
  "overhead",
  "run_name",
  "step",
  "user_id",
  "session_id",
  "tenant",
  "feature",
  "tags",
  "metadata",
] as const;

const savingsColumns = [
  "id",
  "decision_id",
  "strategy",
  "reason",
  "at",
  "avoided_nano_usd",
  "overhead_nano_usd",
  "unknown_prices",
  "model",
  "provider",
  "root_id",
  "user_id",
  "session_id",
  "tenant",
  "feature",
] as const;

/**
 * Writes entries into SQLite, a batch in one transaction, each id once. Amounts are integers, nano-dollars: `sum(nano_usd) / 1e9` are dollars;
 * a price that is unknown is NULL.
 *
 * @throws {InvalidOptionError} when the table's name is none, and the database's own error when the tables cannot be made.
 */
export function sqliteExporter({ database, table = "llm_costs" }: SqliteExporterOptions): CostExporter {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(table)) throw new InvalidOptionError(`\`table\` is "${table}". Use letters, digits and "_".`);
  const define = (columns: readonly string[]): string =>
    columns
      .map((name) => `${name}${name === "id" ? " TEXT PRIMARY KEY" : /_(?:tokens|usd|prices)$|^at$/.test(name) ? " INTEGER" : ""}`)
      .join(", ");
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${table} (${define(entryColumns)}) WITHOUT ROWID;` +
      `CREATE TABLE IF NOT EXISTS ${table}_savings (${define(savingsColumns)}) WITHOUT ROWID;` +
      `CREATE INDEX IF NOT EXISTS ${table}_at ON ${table} (at);`,
  );
  const insert = (name: string, columns: readonly string[]): ReturnType<SqliteDatabaseLike["prepare"]> =>
    database.prepare(`INSERT OR IGNORE INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`);
  const insertEntry = insert(table, entryColumns);
  const insertSavings = insert(`${table}_savings`, savingsColumns);

  return {
    async export(entries, savings) {
      database.exec("BEGIN");
      try {
        for (const entry of entries) insertEntry.run(...entryRow(entry));
        for (const record of savings) insertSavings.run(...savingsRow(record));
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    async close() {
      // The database is the caller's.
    },
  };
}

function entryRow(entry: CostEntry): SqliteValue[] {
  const { usage } = entry;
  return [
    entry.id,
    entry.rootId ?? null,
    entry.parentId ?? null,
    entry.at,
    entry.latencyMs ?? null,
    entry.firstTokenMs ?? null,
    entry.kind,
    entry.provider ?? null,
    entry.model,
    entry.requestedModel ?? null,
    entry.tier ?? null,
    entry.status,
    usage?.inputTokens ?? null,
    usage?.outputTokens ?? null,
    usage?.cacheReadTokens ?? null,
    usage?.cacheWriteTokens ?? null,
    usage?.cacheWrite1hTokens ?? null,
    usage?.reasoningTokens ?? null,
    usage?.inputAudioTokens ?? null,
    usage?.outputAudioTokens ?? null,
    usage?.webSearches ?? null,
    entry.nanoUsd,
    entry.priceSource,
    entry.confidence,
    entry.estimateReasons ? JSON.stringify(entry.estimateReasons) : null,
    entry.catalogVersion,
    entry.attempt,
    entry.overhead ? 1 : 0,
    entry.runName ?? null,
    entry.step ?? null,
    entry.userId ?? null,
    entry.sessionId ?? null,
    entry.tenant ?? null,
    entry.feature ?? null,
    entry.tags.length > 0 ? JSON.stringify(entry.tags) : null,
    entry.metadata ? JSON.stringify(entry.metadata) : null,
  ];
}

function savingsRow(record: SavingsRecord): SqliteValue[] {
  const { labels } = record;
  return [
    record.id,
    record.decisionId,
    record.strategy,
    record.reason,
    record.at,
    record.avoidedNanoUsd,
    record.overheadNanoUsd,
    record.unknownPrices,
    record.model ?? null,
    record.provider ?? null,
    labels.rootId ?? null,
    labels.userId ?? null,
    labels.sessionId ?? null,
    labels.tenant ?? null,
    labels.feature ?? null,
  ];
}
