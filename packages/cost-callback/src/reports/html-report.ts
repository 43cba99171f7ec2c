import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { CostReport } from "./cost-report.ts";
import { reportTables } from "./report-rows.ts";

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/**
 * A page of its own with tables and charts: spend over time, spent, avoided and overhead, and the dearest groups. The charts are drawn here,
 * as SVG; the page loads and runs nothing.
 */
export function renderHtmlReport(report: CostReport): string {
  const charts = [timeChart(report), balanceChart(report), ...report.tables.map((table) => groupChart(table))];
  const tables = reportTables(report).map(
    ({ title, columns, rows }) =>
      `<section><h2>${escape(title)}</h2><table>${columns.some((column) => column !== "") ? `<thead><tr>${columns.map((column) => `<th scope="col">${escape(column)}</th>`).join("")}</tr></thead>` : ""}` +
      `<tbody>${rows.map((row) => `<tr>${row.map((cell, index) => (index === 0 ? `<th scope="row">${escape(cell)}</th>` : `<td>${escape(cell)}</td>`)).join("")}</tr>`).join("")}</tbody></table></section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(report.title)}</title>
<style>${styles}</style>
</head>
<body>
<main>
<h1>${escape(report.title)}</h1>
<p>${escape(new Date(report.at).toISOString())} · prices: ${escape(report.total.catalogVersion)}</p>
<div class="charts">${charts.map((chart) => `<figure>${chart}</figure>`).join("")}</div>
${tables.join("\n")}
</main>
</body>
</html>
`;
}

const styles = `body{font:15px/1.45 system-ui,sans-serif;margin:0;color:#1d2733;background:#fff}
main{max-width:1080px;margin:2rem auto;padding:0 1rem}h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(480px,1fr));gap:1rem}figure{margin:0}svg{max-width:100%;height:auto}
table{border-collapse:collapse;width:100%}th,td{padding:.25rem .6rem;border-bottom:1px solid #e3e8ee;text-align:right;white-space:pre}
th[scope=row],th[scope=col]:first-child{text-align:left;font-weight:500}thead th{color:#5b6b7c}`;

function draw(option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 520, height: 280 });
  try {
    chart.setOption({ animation: false, grid: { left: 8, right: 16, top: 56, bottom: 8 }, ...option });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

const dollars = (nanoUsd: number): number => nanoUsd / 1e9;
const axis = { type: "value", axisLabel: { formatter: (value: number) => `$${Number(value.toPrecision(3))}` } };

function timeChart({ timeline }: CostReport): string {
  return draw({
    title: { text: "Spend over time (UTC)", textStyle: { fontSize: 14 } },
    legend: { top: 24, left: 0 },
    xAxis: { type: "category", data: timeline.map(({ key }) => key) },
    yAxis: axis,
    series: [
      { name: "spent", type: "line", showSymbol: timeline.length < 3, data: timeline.map(({ spentNanoUsd }) => dollars(spentNanoUsd)) },
      {
        name: "avoided",
        type: "line",
        showSymbol: timeline.length < 3,
        data: timeline.map(({ avoidedNanoUsd }) => dollars(avoidedNanoUsd)),
      },
    ],
  });
}

function balanceChart({ total }: CostReport): string {
  return draw({
    title: { text: "Spent, avoided, overhead", textStyle: { fontSize: 14 } },
    xAxis: { type: "category", data: ["spent", "avoided", "overhead", "waste"] },
    yAxis: axis,
    series: [{ type: "bar", data: [total.spentNanoUsd, total.avoidedNanoUsd, total.overheadNanoUsd, total.wasteNanoUsd].map(dollars) }],
  });
}

function groupChart({ by, groups }: CostReport["tables"][number]): string {
  const shown = groups.slice(0, 8).toReversed();
  return draw({
    title: { text: `Spent by ${by}`, textStyle: { fontSize: 14 } },
    xAxis: axis,
    yAxis: { type: "category", data: shown.map(({ key }) => (key.length > 28 ? `${key.slice(0, 27)}…` : key)) },
    series: [{ type: "bar", data: shown.map(({ spentNanoUsd }) => dollars(spentNanoUsd)) }],
  });
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
