import type { NanoUsd } from "@langthrift/core";
import type { CostGroup, CostQuery, CostSummary } from "../cost-summary.ts";
import type { Dimension } from "../dimension.ts";

/** Options of {@link createCostReport}. */
export interface CostReportOptions {
  /** The heading. @default "LLM costs" */
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

/** What happened in one hour or day. Nano-dollars. */
export interface TimelinePoint {
  /** "2026-01-31T14" or "2026-01-31", UTC. */
  readonly key: string;
  readonly calls: number;
  readonly spentNanoUsd: NanoUsd;
  readonly avoidedNanoUsd: NanoUsd;
  readonly overheadNanoUsd: NanoUsd;
}

/** One budget in a report. */
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
  /** By hour, UTC, in order of time, with those in which nothing happened; days where there are more than 72 hours from first to last. */
  readonly timeline: readonly TimelinePoint[];
  readonly budgets: readonly BudgetLine[];
}

/** What a report is made from: a `CostCallbackHandler` or a `CostLedger`. */
export interface ReportSource {
  /** As `CostCallbackHandler.summary`. */
  summary(query?: CostQuery): CostSummary;
}

/** Collects a report. @throws {InvalidOptionError} for a dimension that the ledger does not keep. */
export function createCostReport(
  source: ReportSource,
  { title = "LLM costs", by = ["model", "feature", "tag"], rows = 15, budgets = [], at = Date.now() }: CostReportOptions = {},
): CostReport {
  const { groups: _none, by: _by, ...total } = source.summary();
  return {
    version: 1,
    title,
    at,
    total,
    tables: by.map((dimension) => ({ by: dimension, groups: source.summary({ by: dimension, limit: rows }).groups })),
    timeline: timelineOf(source, total),
    budgets,
  };
}

const HOUR_MS = 3_600_000;
const MAX_HOURS = 72;
/** More steps than that are not drawn one by one; the last ones are. */
const MAX_POINTS = 750;
const nothing = { calls: 0, spentNanoUsd: 0 as NanoUsd, avoidedNanoUsd: 0 as NanoUsd, overheadNanoUsd: 0 as NanoUsd };

function timelineOf(source: ReportSource, { firstAt, lastAt }: Pick<CostSummary, "firstAt" | "lastAt">): TimelinePoint[] {
  if (firstAt === undefined || lastAt === undefined) return [];
  const unit = Math.floor(lastAt / HOUR_MS) - Math.floor(firstAt / HOUR_MS) < MAX_HOURS ? "hour" : "day";
  const stepMs = unit === "hour" ? HOUR_MS : 24 * HOUR_MS;
  const groups = new Map(source.summary({ by: unit }).groups.map((group) => [group.key, group]));
  const last = Math.floor(lastAt / stepMs);
  const first = Math.max(Math.floor(firstAt / stepMs), last - MAX_POINTS + 1);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const key = new Date((first + index) * stepMs).toISOString().slice(0, unit === "hour" ? 13 : 10);
    const { calls, spentNanoUsd, avoidedNanoUsd, overheadNanoUsd } = groups.get(key) ?? nothing;
    return { key, calls, spentNanoUsd, avoidedNanoUsd, overheadNanoUsd };
  });
}
