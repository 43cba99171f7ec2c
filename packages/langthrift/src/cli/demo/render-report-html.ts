import { barChart, cumulativeChart } from "../report/charts.ts";
import { escapeHtml, page } from "../report/page.ts";
import type { DemoReport } from "./demo-report.ts";
import type { ReplayOutcome } from "./replay-outcome.ts";
import { money, percent, reportRemarks } from "./render-report-table.ts";

/** The report as one HTML page: charts are SVG drawn here, styles are inline, nothing is loaded from anywhere. */
export function renderReportHtml(report: DemoReport, outcomes: readonly ReplayOutcome[]): string {
  const tiles = [
    tile("baseline", money(report.baselineUsd), `all ${report.requests.toLocaleString("en-US")} requests to ${report.strongModel}`),
    tile("with LangThrift", money(report.actualUsd), "what was really spent, overhead included"),
    tile("saved", report.savedShare === null ? "unknown" : percent(report.savedShare), money(report.savedUsd.total)),
    tile("answered from cache", percent(report.cache.hitRate), wrongHits(report)),
  ];
  const charts = [
    figure(
      "Spending over the replay",
      "Each request adds its cost; the gap between the lines is what was saved.",
      cumulativeChart({
        xName: "requests",
        yName: "US dollars",
        series: [
          { name: `all to ${report.strongModel}`, values: cumulative(outcomes, ({ baselineNanoUsd }) => baselineNanoUsd) },
          { name: "with LangThrift", values: cumulative(outcomes, ({ spentNanoUsd }) => spentNanoUsd) },
        ],
      }),
    ),
    figure(
      "Where the baseline's money went",
      "Spent, and avoided by each strategy.",
      barChart({
        unit: "usd",
        bars: [
          { name: "saved by semantic cache", value: report.savedUsd.semanticCache ?? 0 },
          { name: "saved by model router", value: report.savedUsd.modelRouter ?? 0 },
          { name: "overhead", value: report.overheadUsd ?? 0 },
          { name: "spent on models", value: (report.actualUsd ?? 0) - (report.overheadUsd ?? 0) },
        ],
      }),
    ),
    figure(
      "Who answered",
      "Requests by what answered them.",
      barChart({
        unit: "count",
        bars: [
          { name: "cache, same text", value: report.cache.exactHits },
          { name: "cache, same meaning", value: report.cache.semanticHits },
          ...report.models.map(({ model, requests }) => ({ name: model, value: requests })),
        ],
      }),
    ),
  ];
  const rows = figures(report).map(([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`);
  return page({
    title: "LangThrift: what the traffic cost, and what it need not have cost",
    body: [
      `<p class="source">Replayed: ${escapeHtml(report.input)}${report.simulated ? ' <strong class="badge">simulated models</strong>' : ""}</p>`,
      ...reportRemarks(report).map((remark) => `<p class="remark">${escapeHtml(remark)}</p>`),
      `<section class="tiles">${tiles.join("")}</section>`,
      ...charts,
      `<section><h2>All figures</h2><table>${rows.join("")}</table></section>`,
    ].join("\n"),
  });
}

function tile(name: string, value: string, note: string): string {
  return `<div class="tile"><div class="name">${escapeHtml(name)}</div><div class="value">${escapeHtml(value)}</div><div class="note">${escapeHtml(note)}</div></div>`;
}

function figure(title: string, caption: string, svg: string): string {
  return `<section><h2>${escapeHtml(title)}</h2><p>${escapeHtml(caption)}</p><div class="chart" role="img" aria-label="${escapeHtml(title)}">${svg}</div></section>`;
}

function wrongHits({ cache }: DemoReport): string {
  return cache.wrongHitRate === null ? "no labels to judge hits by" : `${percent(cache.wrongHitRate)} of the hits were wrong`;
}

function cumulative(outcomes: readonly ReplayOutcome[], amount: (outcome: ReplayOutcome) => number | null): number[] {
  let sum = 0;
  return outcomes.map((outcome) => (sum += amount(outcome) ?? 0) / 1e9);
}

function figures(report: DemoReport): [string, string][] {
  const ms = (value: number | null) => (value === null ? "–" : `${value.toFixed(1)} ms`);
  return [
    ["requests", `${report.requests}${report.failed > 0 ? ` (${report.failed} failed)` : ""}`],
    ["lines of the log skipped", String(report.skippedLines)],
    ["baseline cost", money(report.baselineUsd)],
    ["actual cost", money(report.actualUsd)],
    ["saved by semantic cache", money(report.savedUsd.semanticCache)],
    ["saved by model router", money(report.savedUsd.modelRouter)],
    ["overhead", money(report.overheadUsd)],
    ["requests with an unknown price", String(report.unknownPrices)],
    ["cache hits", `${report.cache.hits} (${report.cache.exactHits} exact, ${report.cache.semanticHits} by meaning)`],
    ["wrong hits", report.cache.wrongHits === null ? "unknown: the log has no labels" : String(report.cache.wrongHits)],
    ...report.models.map(({ model, requests, share, usd }): [string, string] => [
      `answered by ${model}`,
      `${requests} (${percent(share)}), ${money(usd)}`,
    ]),
    ["latency added, p50 / p95", `${ms(report.latency.addedP50Ms)} / ${ms(report.latency.addedP95Ms)}`],
    ["whole time of a hit, p50 / p95", `${ms(report.latency.hitP50Ms)} / ${ms(report.latency.hitP95Ms)}`],
    ["ledger", `${report.ledger.spentNanoUsd} nano-dollars`],
    ["model server's own count", report.ledger.serverNanoUsd === null ? "not available" : `${report.ledger.serverNanoUsd} nano-dollars`],
  ];
}
