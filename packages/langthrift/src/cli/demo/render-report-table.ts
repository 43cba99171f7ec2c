import { formatUsd, usd } from "@langthrift/core";
import Table from "cli-table3";
import type { DemoReport } from "./demo-report.ts";

/** The report as a table for a terminal. */
export function renderReportTable(report: DemoReport, { color = false }: { readonly color?: boolean } = {}): string {
  const table = new Table({ style: { head: [], border: color ? ["gray"] : [] }, colAligns: ["left", "right", "left"] });
  table.push(
    ["requests", count(report.requests), requestNote(report)],
    ["baseline cost", money(report.baselineUsd), `all to ${report.strongModel}`],
    ["actual cost", money(report.actualUsd), report.savedShare === null ? "" : `${percent(report.savedShare)} less`],
    ["saved by semantic cache", money(report.savedUsd.semanticCache), `${count(report.cache.hits)} answers for $0`],
    ["saved by model router", money(report.savedUsd.modelRouter), routerNote(report)],
    ["overhead", money(report.overheadUsd), "spent by the strategies themselves; embeddings run in-process"],
    [
      "cache hit rate",
      percent(report.cache.hitRate),
      `${count(report.cache.exactHits)} exact, ${count(report.cache.semanticHits)} by meaning`,
    ],
    ["wrong-hit rate", report.cache.wrongHitRate === null ? "unknown" : percent(report.cache.wrongHitRate), wrongNote(report)],
  );
  for (const { model, requests, share, usd: cost } of report.models) {
    table.push([`answered by ${model}`, percent(share), `${count(requests)} requests, ${money(cost)}`]);
  }
  table.push(
    ["latency added, p50 / p95", `${ms(report.latency.addedP50Ms)} / ${ms(report.latency.addedP95Ms)}`, "all but waiting for the model"],
    ["whole time of a hit, p50 / p95", `${ms(report.latency.hitP50Ms)} / ${ms(report.latency.hitP95Ms)}`, "instead of a call"],
  );
  if (report.unknownPrices > 0) {
    table.push(["price unknown", count(report.unknownPrices), "requests that are in no sum above"]);
  }
  return table.toString();
}

/** What must be said beside the figures, each a sentence. */
export function reportRemarks(report: DemoReport): string[] {
  const remarks: string[] = [];
  if (report.simulated) {
    remarks.push(
      `Simulated: a local server answered in place of ${report.strongModel} and ${report.cheapModel}. Tokens are counted for real and priced at these models' list prices; the answers' texts are made up. Run with --live and OPENAI_API_KEY for the real API.`,
    );
  }
  if (report.interrupted) remarks.push("Stopped by the user: the figures are those of the requests done so far.");
  if (report.ledger.agrees === true) remarks.push("The ledger agrees with what the model server counted, to the nano-dollar.");
  if (report.ledger.agrees === false) {
    remarks.push(
      `The ledger (${formatNano(report.ledger.spentNanoUsd)}) does not agree with what the model server counted (${formatNano(report.ledger.serverNanoUsd ?? 0)}). Please report this as a bug.`,
    );
  }
  return remarks;
}

/** Dollars for people; `null` is "unknown". */
export function money(amount: number | null): string {
  return formatUsd(amount === null ? null : usd(amount.toFixed(9)));
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function formatNano(amount: number): string {
  return `${amount} nano-dollars`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function ms(value: number | null): string {
  return value === null ? "–" : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function requestNote({ failed, skippedLines }: DemoReport): string {
  const notes: string[] = [];
  if (failed > 0) notes.push(`${failed} failed`);
  if (skippedLines > 0) notes.push(`${skippedLines} lines of the log skipped`);
  return notes.join(", ");
}

function routerNote({ models, cheapModel }: DemoReport): string {
  const cheap = models.find(({ model }) => model === cheapModel);
  return cheap ? `${count(cheap.requests)} requests to ${cheapModel}` : `no request went to ${cheapModel}`;
}

function wrongNote({ cache }: DemoReport): string {
  return cache.wrongHits === null ? "the log has no labels" : `${count(cache.wrongHits)} hits whose label differs from the stored answer's`;
}
