// Handler
export { CostCallbackHandler, type CostCallbackHandlerOptions } from "./cost-callback-handler.ts";
export { CostRecorder, type CostRecorderOptions, type OwnCost, type RunCost, type RunStart } from "./cost-recorder.ts";
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
