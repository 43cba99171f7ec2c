import type { CostReport } from "./cost-report.ts";
import { reportTables } from "./report-rows.ts";

/** For a terminal. */
export function renderTextReport(report: CostReport): string {
  const parts = [`${report.title}, ${new Date(report.at).toISOString()}`];
  for (const { title, columns, rows } of reportTables(report)) {
    const lines = columns.some((column) => column !== "") ? [columns, ...rows] : rows;
    const widths = columns.map((_, index) => Math.max(...lines.map((line) => printable(line[index] ?? "").length), 0));
    const format = (line: readonly string[]): string =>
      line
        .map(printable)
        .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
        .join("  ")
        .trimEnd();
    const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
    const [head, ...body] = lines;
    parts.push("", title, rule, ...(lines === rows ? rows.map(format) : [format(head ?? []), rule, ...body.map(format)]));
  }
  return `${parts.join("\n")}\n`;
}

export function renderMarkdownReport(report: CostReport): string {
  const cell = (text: string): string => printable(text).replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;");
  const parts = [`# ${cell(report.title)}`, "", new Date(report.at).toISOString()];
  for (const { title, columns, rows } of reportTables(report)) {
    parts.push("", `## ${cell(title)}`, "", `| ${columns.map(cell).join(" | ")} |`);
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
