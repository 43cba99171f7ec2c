import type { CostReport } from "./cost-report.ts";
import { reportTables } from "./report-rows.ts";

/** Options of {@link renderTextReport}. */
export interface TextReportOptions {
  /**
   * Characters of a line; pass `process.stdout.columns` for a terminal's own. Wide tables shorten their names first, and then lose their
   * last columns. At least 40. @default 120
   */
  readonly width?: number;
}

/** For a terminal: plain text, no colours. */
export function renderTextReport(report: CostReport, { width = 120 }: TextReportOptions = {}): string {
  const parts = [`${report.title}, ${new Date(report.at).toISOString()}`];
  for (const { title, columns, rows } of reportTables(report)) {
    parts.push("", title);
    if (rows.length === 0) continue;
    const headed = columns.some((column) => column !== "");
    const lines = fitted(headed ? [columns, ...rows] : rows, Math.max(MIN_WIDTH, Math.floor(width)));
    const rule = "─".repeat(Math.max(...lines.map(({ length }) => length)));
    const [head = "", ...body] = lines;
    parts.push(rule, ...(headed ? [head, rule, ...body] : lines));
  }
  return `${parts.join("\n")}\n`;
}

const MIN_WIDTH = 40;
/** A name keeps so much. */
const MIN_NAME = 16;

/** Lines no longer than `width`, names to the left and numbers to the right. */
function fitted(table: readonly (readonly string[])[], width: number): string[] {
  let lines = table.map((line) => line.map(printable));
  const widthOf = (index: number): number => Math.max(...lines.map((line) => (line[index] ?? "").length));
  const total = (): number => (lines[0] ?? []).reduce((sum, _, index) => sum + widthOf(index) + 2, -2);
  const shorten = (size: number): void => {
    lines = lines.map(([name = "", ...rest]) => [middleOut(name, size), ...rest]);
  };
  if (total() > width) shorten(Math.max(MIN_NAME, widthOf(0) - (total() - width)));
  while (total() > width && (lines[0]?.length ?? 0) > 2) lines = lines.map((line) => line.slice(0, -1));
  if (total() > width) shorten(Math.max(1, widthOf(0) - (total() - width)));
  const widths = (lines[0] ?? []).map((_, index) => widthOf(index));
  return lines.map((line) =>
    line
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** The ends of a name tell more than its middle: vendor and version. */
function middleOut(text: string, size: number): string {
  if (text.length <= size) return text;
  const end = Math.floor((size - 1) / 3);
  return `${text.slice(0, size - 1 - end)}…${end > 0 ? text.slice(-end) : ""}`;
}

/** The report as Markdown tables. Text from outside is escaped. */
export function renderMarkdownReport(report: CostReport): string {
  const cell = (text: string): string => printable(text).replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;");
  const parts = [`# ${cell(report.title)}`, "", new Date(report.at).toISOString()];
  for (const { title, columns, rows } of reportTables(report)) {
    parts.push("", `## ${cell(title)}`);
    if (rows.length === 0) continue;
    parts.push("", `| ${columns.map(cell).join(" | ")} |`);
    parts.push(`| ${columns.map((_, index) => (index === 0 ? "---" : "---:")).join(" | ")} |`);
    for (const row of rows) parts.push(`| ${row.map(cell).join(" | ")} |`);
  }
  return `${parts.join("\n")}\n`;
}

/** Keys come from requests: control characters would reach the terminal, line breaks would break a table. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters to take out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
