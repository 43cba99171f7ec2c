import { HumanMessage } from "@langchain/core/messages";
import { type NanoUsd, usd } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { type DemoReportContext, makeDemoReport } from "./demo-report.ts";
import { renderReportHtml } from "./render-report-html.ts";
import { renderReportTable, reportRemarks } from "./render-report-table.ts";
import type { ReplayOutcome } from "./replay-outcome.ts";

const context: DemoReportContext = {
  input: "log.jsonl",
  skippedLines: 1,
  simulated: true,
  strongModel: "dear",
  cheapModel: "cheap",
  interrupted: false,
  overheadNanoUsd: usd("0.1"),
  ledgerNanoUsd: usd("1.2"),
  serverNanoUsd: usd("1.2"),
};

function outcome(fields: Partial<ReplayOutcome>): ReplayOutcome {
  return {
    request: { id: "r", messages: [new HumanMessage("q")] },
    answeredBy: "model",
    model: "dear",
    spentNanoUsd: usd(1),
    baselineNanoUsd: usd(1),
    totalMs: 12,
    providerMs: 10,
    ...fields,
  };
}

const outcomes = [
  outcome({}),
  outcome({ model: "cheap", spentNanoUsd: usd("0.2") }),
  outcome({ answeredBy: "cache", cacheKind: "exact", spentNanoUsd: 0 as NanoUsd, wrongHit: false, totalMs: 4, providerMs: 0 }),
  outcome({ answeredBy: "cache", cacheKind: "semantic", spentNanoUsd: 0 as NanoUsd, wrongHit: true, totalMs: 6, providerMs: 0 }),
  outcome({ answeredBy: null, error: "500", spentNanoUsd: 0 as NanoUsd, baselineNanoUsd: 0 as NanoUsd }),
];

describe("makeDemoReport", () => {
  const report = makeDemoReport(outcomes, context);

  it("adds up: baseline = actual + saved - overhead", () => {
    expect(report).toMatchObject({
      requests: 5,
      failed: 1,
      baselineUsd: 4,
      actualUsd: 1.3,
      overheadUsd: 0.1,
      savedUsd: { semanticCache: 2, modelRouter: 0.8, total: 2.8 },
      savedShare: 0.675,
    });
  });

  it("takes rates over what was answered, and wrong hits over hits with labels", () => {
    expect(report.cache).toEqual({ hits: 2, exactHits: 1, semanticHits: 1, hitRate: 0.5, wrongHits: 1, wrongHitRate: 0.5 });
    expect(report.models).toEqual([
      { model: "cheap", requests: 1, share: 0.25, usd: 0.2 },
      { model: "dear", requests: 1, share: 0.25, usd: 1 },
    ]);
    expect(report.latency).toEqual({ addedP50Ms: 2, addedP95Ms: 6, hitP50Ms: 4, hitP95Ms: 6 });
  });

  it("compares the ledger with the server's own count", () => {
    expect(report.ledger.agrees).toBe(true);
    expect(makeDemoReport(outcomes, { ...context, serverNanoUsd: usd("1.200000001") }).ledger.agrees).toBe(false);
    expect(makeDemoReport(outcomes, { ...context, serverNanoUsd: null }).ledger.agrees).toBeNull();
  });

  it("shows unknown prices as unknown, never as 0, and an empty replay without NaN", () => {
    const unknown = makeDemoReport([outcome({ spentNanoUsd: null, baselineNanoUsd: null })], context);
    expect(unknown).toMatchObject({ baselineUsd: null, actualUsd: null, savedShare: null, unknownPrices: 1 });
    expect(renderReportTable(unknown)).toMatch(/baseline cost +│ +unknown/);
    const empty = makeDemoReport([], { ...context, interrupted: true });
    expect(JSON.stringify(empty)).not.toContain("NaN");
    expect(reportRemarks(empty).join(" ")).toContain("Stopped by the user");
  });
});

describe("the rendered report", () => {
  const report = makeDemoReport(outcomes, context);

  it("says that the models are simulated and that the ledger agrees", () => {
    const remarks = reportRemarks(report).join("\n");
    expect(remarks).toContain("Simulated: a local server answered");
    expect(remarks).toContain("to the nano-dollar");
    expect(reportRemarks(makeDemoReport(outcomes, { ...context, simulated: false, serverNanoUsd: null }))).toEqual([]);
  });

  it("is a page that loads nothing and quotes what it was given", () => {
    const html = renderReportHtml(makeDemoReport(outcomes, { ...context, input: "<script>alert(1)</script>" }), outcomes);
    expect(html.match(/<svg/g)).toHaveLength(3);
    expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(html).toContain("&lt;script&gt;");
  });
});
