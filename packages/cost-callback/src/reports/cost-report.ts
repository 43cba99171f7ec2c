import type { CostGroup, CostQuery, CostSummary } from "../cost-summary.ts";
import type { Dimension } from "../dimension.ts";

export interface CostReportOptions {
  readonly title?: string;
  /** One table for each. @default ["model", "feature", "tag"] */
  readonly by?: readonly Dimension[];
  /** Rows of a table; the rest are added up. @default 15 */
  readonly rows?: number;
  /** What is left of budgets, for example from `BudgetKeeper.read`. */
  readonly budgets?: readonly BudgetLine[];
  /** ms since epoch. @default Date.now() */
  readonly at?: number;
}

export interface BudgetLine {
  readonly id: string;
  readonly spentUsd: number;
  readonly heldUsd: number;
  readonly limitUsd: number;
}

/** Everything a report shows, as plain JSON: `JSON.stringify` of it is the JSON report. Money is in nano-dollars. */
export interface CostReport {
  readonly version: 1;
  readonly title: string;
  /** ms since epoch */
  readonly at: number;
  readonly total: Omit<CostSummary, "groups" | "by">;
  readonly tables: readonly { readonly by: Dimension; readonly groups: readonly CostGroup[] }[];
  /** By hour, UTC, in order of time; days where there are more than 72 hours. */
  readonly timeline: readonly CostGroup[];
  readonly budgets: readonly BudgetLine[];
}

/** What a report is made from: a `CostCallbackHandler` or a `CostLedger`. */
export interface ReportSource {
  summary(query?: CostQuery): CostSummary;
}

/** Collects a report. @throws {InvalidOptionError} for a dimension that the ledger does not keep. */
export function createCostReport(
  source: ReportSource,
  { title = "LLM costs", by = ["model", "feature", "tag"], rows = 15, budgets = [], at = Date.now() }: CostReportOptions = {},
): CostReport {
  const { groups: _none, by: _by, ...total } = source.summary();
  const hours = source.summary({ by: "hour" }).groups;
  const timeline = hours.length > 72 ? source.summary({ by: "day" }).groups : hours;
  return {
    version: 1,
    title,
    at,
    total,
    tables: by.map((dimension) => ({ by: dimension, groups: source.summary({ by: dimension, limit: rows }).groups })),
    timeline: timeline.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    budgets,
  };
}
