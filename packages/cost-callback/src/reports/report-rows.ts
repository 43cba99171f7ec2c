import { formatUsd, type NanoUsd, usd } from "@langthrift/core";
import type { CostFigures } from "../cost-cell.ts";
import type { CostReport } from "./cost-report.ts";

/** One table of a report, as text cells; the first column is left-aligned, the others are numbers. */
export interface ReportTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a report, for all renderers alike. Where nothing was recorded there is only the first. */
export function reportTables({ total, tables, budgets }: CostReport): ReportTable[] {
  const share = (part: number): string => (total.spentNanoUsd === 0 ? "–" : `${((part / total.spentNanoUsd) * 100).toFixed(1)} %`);
  const ms = (value: number | undefined): string =>
    value === undefined
      ? "–"
      : value < 1_000
        ? `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`
        : `${(value / 1_000).toFixed(1)} s`;
  const lines: [string, string][] = [
    ["Requests", count(total.requests)],
    ["Calls", count(total.calls)],
    ["Spent", spent(total)],
    ["  of which overhead", formatUsd(total.overheadNanoUsd)],
    ["  of which waste (failed, aborted, abandoned)", `${formatUsd(total.wasteNanoUsd)} (${share(total.wasteNanoUsd)})`],
    ["Avoided", formatUsd(total.avoidedNanoUsd)],
    ["Net saving", formatUsd(total.netNanoUsd)],
    ["Without LangThrift", atLeast(total, (total.spentNanoUsd + total.netNanoUsd) as NanoUsd)],
    ["Calls and events without a known price (in no sum)", count(total.unknownPrices)],
    ["Calls whose usage or price is an estimate", count(total.estimated)],
    ["Errors / retries / refused", `${count(total.errors)} / ${count(total.retries)} / ${count(total.refused)}`],
    ["Tokens in / out", `${count(total.tokens.inputTokens ?? 0)} / ${count(total.tokens.outputTokens ?? 0)}`],
    ["Latency p50 / p95", `${ms(total.latency.p50Ms)} / ${ms(total.latency.p95Ms)}`],
    ["First token p50 / p95", `${ms(total.latency.firstTokenP50Ms)} / ${ms(total.latency.firstTokenP95Ms)}`],
  ];
  const result: ReportTable[] = [{ title: "Total", columns: ["", ""], rows: lines }];
  if (total.firstAt === undefined && budgets.length === 0) return [{ title: "Nothing has been recorded yet.", columns: [], rows: [] }];
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
    if (groups.length === 0) continue;
    const money = moneyColumn(
      groups.flatMap(({ spentNanoUsd, avoidedNanoUsd, wasteNanoUsd }) => [spentNanoUsd, avoidedNanoUsd, wasteNanoUsd]),
    );
    result.push({
      title: `By ${by}`,
      columns: [by, "calls", "spent", "share", "avoided", "waste", "no price", "tokens in", "tokens out"],
      rows: groups.map((group) => [
        group.key,
        count(group.calls),
        spent(group, money),
        share(group.spentNanoUsd),
        money(group.avoidedNanoUsd),
        money(group.wasteNanoUsd),
        count(group.unknownPrices),
        count(group.tokens.inputTokens ?? 0),
        count(group.tokens.outputTokens ?? 0),
      ]),
    });
  }
  if (budgets.length > 0) {
    result.push({
      title: "Budgets",
      columns: ["budget", "used", "spent", "held", "limit", "left"],
      rows: budgets.map(({ id, spentUsd, heldUsd, limitUsd }) => [
        id,
        limitUsd > 0 ? `${(((spentUsd + heldUsd) / limitUsd) * 100).toFixed(1)} %` : "–",
        ...[spentUsd, heldUsd, limitUsd, limitUsd - spentUsd - heldUsd].map((amount) => formatUsd(usd(amount))),
      ]),
    });
  }
  return result;
}

type Figures = Pick<CostFigures, "spentNanoUsd" | "unpricedCalls" | "calls">;
type Format = (amount: NanoUsd) => string;

/** What was spent is a lower bound where calls have no price, and says nothing where none has one. */
function spent(figures: Figures, format: Format = formatUsd): string {
  const { spentNanoUsd, unpricedCalls, calls } = figures;
  return unpricedCalls > 0 && unpricedCalls === calls && spentNanoUsd === 0 ? "unknown" : atLeast(figures, spentNanoUsd, format);
}

function atLeast({ unpricedCalls }: Figures, amount: NanoUsd, format: Format = formatUsd): string {
  return unpricedCalls > 0 ? `≥ ${format(amount)}` : format(amount);
}

/** One number of decimals for columns that go up to dollars: cents. Small amounts only keep their significant digits. */
export function moneyColumn(amounts: readonly NanoUsd[]): Format {
  if (Math.max(0, ...amounts) < 1e9) return formatUsd;
  return (amount) => {
    const size = Math.abs(amount);
    if (size === 0 || size >= 1e9) return formatUsd(amount);
    return `${amount < 0 ? "-" : ""}${size < 5e6 ? "<$0.01" : `$${(size / 1e9).toFixed(2)}`}`;
  };
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
