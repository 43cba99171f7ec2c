export { type SqliteDatabaseLike, sqliteExporter, type SqliteExporterOptions, type SqliteValue } from "./exporters/sqlite-exporter.ts";
