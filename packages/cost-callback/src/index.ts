// Handler
export { CostCallbackHandler, type CostCallbackHandlerOptions } from "./cost-callback-handler.ts";
export { CostRecorder } from "./cost-recorder.ts";
export type { CostRecorderOptions, OwnCost, RunCost, RunStart, UpcomingRun } from "./recorder-types.ts";
export type { LabelOptions } from "./label-options.ts";

// Ledger
export { CostLedger, type CostLedgerOptions } from "./cost-ledger.ts";
export type { AvoidedCost, CostEntry, RunLabels, SavingsRecord } from "./cost-entry.ts";
export type { CostGroup, CostQuery, CostSummary, StrategyFigures } from "./cost-summary.ts";
export type { CostFigures } from "./cost-cell.ts";
export type { Dimension } from "./dimension.ts";
export type { EstimateReason } from "./estimate-reason.ts";

// Exporters
export type { CostExporter } from "./cost-exporter.ts";

// Budgets
export { withCost, type WithCostOptions } from "./metering/with-cost.ts";
export type { OnExceeded } from "./metering/metered-chat-model.ts";
export { BudgetKeeper, type BudgetKeeperOptions, type BudgetRequest, type BudgetTicket } from "./budgets/budget-keeper.ts";
export type { BudgetCall, BudgetOptions } from "./budgets/budget-options.ts";
export type { BudgetWindow, WindowSpan } from "./budgets/budget-window.ts";
export type { BudgetRef, BudgetState, BudgetStore, Grant, Lease, Reservation } from "./budgets/budget-store.ts";
export { memoryBudgetStore, type MemoryBudgetStoreOptions } from "./budgets/memory-budget-store.ts";
export type { BudgetAlert } from "./budgets/budget-alert.ts";
export { webhookAlert, type WebhookAlertOptions } from "./budgets/webhook-alert.ts";

// What callbacks do not tell of
export { TrackedEmbeddings, type TrackedEmbeddingsOptions } from "./tracking/tracked-embeddings.ts";
export { EmbeddingUsageReader, type HttpEmbeddingUsage } from "./tracking/embedding-usage.ts";
export { TrackedVectorStore, type TrackedVectorStoreOptions, type VectorStoreRates } from "./tracking/tracked-vector-store.ts";

// Reports
export {
  type BudgetLine,
  type CostReport,
  type CostReportOptions,
  createCostReport,
  type ReportSource,
  type TimelinePoint,
} from "./reports/cost-report.ts";
export { renderMarkdownReport, renderTextReport, type TextReportOptions } from "./reports/render-report.ts";
