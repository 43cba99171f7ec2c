import { formatUsd, type NanoUsd, usd } from "@langthrift/core";
import type { CostReport } from "./cost-report.ts";

/** One table of a report, as text cells; the first column is left-aligned, the others are numbers. */
export interface ReportTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a report, for all renderers alike. */
export function reportTables({ total, tables, budgets }: CostReport): ReportTable[] {
  const share = (part: number): string => (total.spentNanoUsd === 0 ? "–" : `${((part / total.spentNanoUsd) * 100).toFixed(1)} %`);
  const ms = (value: number | undefined): string => (value === undefined ? "–" : `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`);
  const lines: [string, string][] = [
    ["Requests", count(total.requests)],
    ["Calls", count(total.calls)],
    ["Spent", formatUsd(total.spentNanoUsd)],
    ["  of which overhead", formatUsd(total.overheadNanoUsd)],
    ["  of which waste (failed, aborted, abandoned)", `${formatUsd(total.wasteNanoUsd)} (${share(total.wasteNanoUsd)})`],
    ["Avoided", formatUsd(total.avoidedNanoUsd)],
    ["Net saving", formatUsd(total.netNanoUsd)],
    ["Without LangThrift", formatUsd((total.spentNanoUsd + total.netNanoUsd) as NanoUsd)],
    ["Prices unknown", count(total.unknownPrices)],
    ["Estimated", count(total.estimated)],
    ["Errors / retries / refused", `${count(total.errors)} / ${count(total.retries)} / ${count(total.refused)}`],
    ["Tokens in / out", `${count(total.tokens.inputTokens ?? 0)} / ${count(total.tokens.outputTokens ?? 0)}`],
    ["Latency p50 / p95", `${ms(total.latency.p50Ms)} / ${ms(total.latency.p95Ms)}`],
    ["First token p50 / p95", `${ms(total.latency.firstTokenP50Ms)} / ${ms(total.latency.firstTokenP95Ms)}`],
  ];
  const result: ReportTable[] = [{ title: "Total", columns: ["", ""], rows: lines }];
  const strategies = Object.entries(total.byStrategy);
  if (strategies.length > 0) {
    result.push({
      title: "By strategy",
      columns: ["strategy", "events", "avoided", "overhead", "net"],
      rows: strategies.map(([name, figures]) => [
        name,
        count(figures.events),
        formatUsd(figures.avoidedNanoUsd),
        formatUsd(figures.overheadNanoUsd),
        formatUsd(figures.netNanoUsd),
      ]),
    });
  }
  for (const { by, groups } of tables) {
    result.push({
      title: `By ${by}`,
      columns: [by, "calls", "spent", "share", "avoided", "waste", "unknown", "tokens in", "tokens out"],
      rows: groups.map((group) => [
        group.key,
        count(group.calls),
        formatUsd(group.spentNanoUsd),
        share(group.spentNanoUsd),
        formatUsd(group.avoidedNanoUsd),
        formatUsd(group.wasteNanoUsd),
        count(group.unknownPrices),
        count(group.tokens.inputTokens ?? 0),
        count(group.tokens.outputTokens ?? 0),
      ]),
    });
  }
  if (budgets.length > 0) {
    result.push({
      title: "Budgets",
      columns: ["budget", "spent", "held", "limit", "left"],
      rows: budgets.map(({ id, spentUsd, heldUsd, limitUsd }) => [
        id,
        ...[spentUsd, heldUsd, limitUsd, limitUsd - spentUsd - heldUsd].map((amount) => formatUsd(usd(amount))),
      ]),
    });
  }
  return result;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
