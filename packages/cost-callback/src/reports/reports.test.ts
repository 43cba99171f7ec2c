import { nanoUsd } from "@langthrift/core";
import { describe, expect, it } from "vitest";
import { CostCallbackHandler } from "../cost-callback-handler.ts";
import { createCostReport } from "./cost-report.ts";
import { renderHtmlReport } from "./html-report.ts";
import { renderMarkdownReport, renderTextReport } from "./render-report.ts";

function ledger(hours = 3): CostCallbackHandler {
  const costs = new CostCallbackHandler({ logger: false });
  const start = Date.UTC(2026, 0, 1);
  for (let hour = 0; hour < hours; hour += 1) {
    costs.recordCost({
      kind: "llm",
      model: hour % 2 ? "gpt-4.1" : "gpt-4.1-nano",
      provider: "openai",
      at: start + hour * 3_600_000,
      usage: { inputTokens: 1_000_000 },
      latencyMs: 800,
    });
  }
  costs.recordCost({ kind: "llm", model: `<script>|\u001b[31m\n`, nanoUsd: null, at: start });
  costs.recordSavings({
    version: 1,
    id: "e",
    decisionId: "d",
    strategy: "semantic-cache",
    kind: "avoided",
    reason: "hit:exact",
    at: start,
    nanoUsd: nanoUsd(3_000_000_000),
    details: {},
  });
  return costs;
}

const budgets = [{ id: "team", spentUsd: 2.2, heldUsd: 0.3, limitUsd: 10 }];

describe("reports", () => {
  const report = createCostReport(ledger(), { at: 0, budgets, by: ["model"] });

  it("show spent, avoided, net, unknown prices and what is left of budgets", () => {
    const text = renderTextReport(report);
    // One call has no price: what is known is the least.
    expect(text).toMatch(/Spent +≥ \$2\.20/);
    expect(text).toMatch(/Net saving +\$3\.00/);
    expect(text).toMatch(/Without LangThrift +≥ \$5\.20/);
    expect(text).toMatch(/without a known price \(in no sum\) +1/);
    expect(text).toMatch(/<script>\|.* +1 +unknown/);
    expect(text).toMatch(/gpt-4\.1 +1 +\$2\.00 +90\.9 %/);
    expect(text).toMatch(/team +25\.0 % +\$2\.20 +\$0\.30 +\$10\.00 +\$7\.50/);
  });

  it("let no key break out: not of the terminal, the table or the page", () => {
    expect(renderTextReport(report)).not.toContain("\u001b");
    expect(renderMarkdownReport(report)).toContain("&lt;script>\\| [31m");
    const html = renderHtmlReport(report);
    expect(html).not.toMatch(/<script|src=|href="http/);
    expect(html).toContain("&lt;script&gt;");
  });

  it("fit a narrow terminal: names are shortened first, then the last columns go; never the spend", () => {
    const costs = ledger();
    costs.recordCost({
      kind: "llm",
      model: `mistralai/a-model-with-a-very-long-name-${"x".repeat(60)}-v2`,
      nanoUsd: nanoUsd(1_234_567_890),
    });
    const long = createCostReport(costs, { by: ["model"] });
    for (const width of [40, 60, 80, 120]) {
      const lines = renderTextReport(long, { width }).split("\n");
      // The title, which is not ours to cut, aside.
      for (const line of lines.slice(1)) expect(line.length, line).toBeLessThanOrEqual(width);
      expect(lines.some((line) => /^mistralai.*…\S*-v2 .*\$1\.23/.test(line))).toBe(true);
    }
    expect(renderTextReport(long, { width: 200 })).toContain("x".repeat(60));
  });

  it("say that there is nothing where nothing was recorded", () => {
    const empty = createCostReport(new CostCallbackHandler());
    expect(renderTextReport(empty)).toContain("Nothing has been recorded yet.");
    expect(renderMarkdownReport(empty)).toContain("## Nothing has been recorded yet.");
    const html = renderHtmlReport(empty);
    expect(html).toContain("Nothing has been recorded yet.");
    expect(html).not.toMatch(/<svg|<table/);
  });

  it("show hours in which nothing happened", () => {
    const costs = new CostCallbackHandler();
    for (const hour of [0, 3]) {
      costs.recordCost({ kind: "tool", model: "t", nanoUsd: nanoUsd(7), at: Date.UTC(2026, 0, 1, hour) });
    }
    expect(createCostReport(costs).timeline.map(({ key, spentNanoUsd }) => [key, spentNanoUsd])).toEqual([
      ["2026-01-01T00", 7],
      ["2026-01-01T01", 0],
      ["2026-01-01T02", 0],
      ["2026-01-01T03", 7],
    ]);
  });

  it("scale their charts, and say in words what they show and leave out", () => {
    const html = renderHtmlReport(report);
    expect(html.match(/<svg [^>]*viewBox="0 0 460 /g)).toHaveLength(3);
    expect(html).toContain('aria-label="gpt-4.1 $2.00, gpt-4.1-nano $0.20"');
    expect(html).toContain("(without 1 whose price is unknown)");
    expect(html).toContain("prefers-color-scheme:dark");
  });

  it("draw their charts without a browser", () => {
    const html = renderHtmlReport(report);
    expect(html.match(/<svg /g)).toHaveLength(3);
    expect(html).toContain("Spend by hour (UTC)");
  });

  it("go by days where hours are many, in order of time", () => {
    const { timeline } = createCostReport(ledger(100));
    expect(timeline.map(({ key }) => key)).toEqual(["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"]);
  });

  it("are plain JSON", () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
