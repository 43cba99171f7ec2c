export { type SqliteDatabaseLike, sqliteSummaryStore, type SqliteSummaryStoreOptions } from "./stores/sqlite-summary-store.ts";
