import type { CostReport } from "./cost-report.ts";
import { reportCharts } from "./report-charts.ts";
import { reportTables } from "./report-rows.ts";

/**
 * A page of its own with tables and charts: spend over time, spent, avoided and overhead, and the dearest groups. The charts are drawn here,
 * as SVG; the page loads and runs nothing. It follows the reader's light or dark setting, and fits a telephone.
 */
export function renderHtmlReport(report: CostReport): string {
  const charts = reportCharts(report).map(
    ({ title, description, svg }) =>
      `<figure role="img" aria-label="${escape(description)}"><figcaption>${escape(title)}</figcaption>${svg}</figure>`,
  );
  const tables = reportTables(report).map(({ title, columns, rows }) => {
    const head = columns.some((column) => column !== "")
      ? `<thead><tr>${columns.map((column) => `<th scope="col">${escape(column)}</th>`).join("")}</tr></thead>`
      : "";
    const body = rows.map(([name = "", ...cells]) => {
      const indented = name.startsWith(" ") ? ' class="part"' : "";
      return `<tr><th scope="row"${indented}>${escape(name.trim())}</th>${cells.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`;
    });
    const table = rows.length > 0 ? `<div class="wide"><table>${head}<tbody>${body.join("")}</tbody></table></div>` : "";
    return `<section><h2>${escape(title)}</h2>${table}</section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(report.title)}</title>
<style>${styles}</style>
</head>
<body>
<main>
<h1>${escape(report.title)}</h1>
<p>${escape(new Date(report.at).toISOString())} · prices: ${escape(report.total.catalogVersion)}</p>
${charts.length > 0 ? `<div class="charts">${charts.join("")}</div>` : ""}
${tables.join("\n")}
</main>
</body>
</html>
`;
}

const styles = `:root{color-scheme:light dark;--text:#1d2733;--quiet:#5b6b7c;--line:#e3e8ee;--page:#fff}
@media(prefers-color-scheme:dark){:root{--text:#dde4ec;--quiet:#9aa8b7;--line:#2c3743;--page:#12181f}}
body{font:15px/1.45 system-ui,sans-serif;margin:0;color:var(--text);background:var(--page)}
main{max-width:1080px;margin:2rem auto;padding:0 1rem}h1{font-size:1.6rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .5rem}
p{color:var(--quiet);margin:.25rem 0 1.5rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));gap:1.75rem 1.5rem}
figure{margin:0;min-width:0}figcaption{font-weight:600;margin-bottom:.35rem}svg{display:block;width:100%;height:auto;max-width:560px}svg text{fill:var(--quiet)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th[scope=row],th[scope=col]:first-child{text-align:left;font-weight:500;padding-left:0}
th[scope=row]{white-space:normal;overflow-wrap:anywhere;min-width:8rem}th.part{padding-left:1rem;color:var(--quiet)}
thead th{color:var(--quiet);font-weight:600}`;

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
