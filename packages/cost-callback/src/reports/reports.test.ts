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
    expect(text).toMatch(/Spent +\$2\.20/);
    expect(text).toMatch(/Net saving +\$3\.00/);
    expect(text).toMatch(/Without LangThrift +\$5\.20/);
    expect(text).toMatch(/Prices unknown +1/);
    expect(text).toMatch(/gpt-4\.1 +1 +\$2\.00 +90\.9 %/);
    expect(text).toMatch(/team +\$2\.20 +\$0\.30 +\$10\.00 +\$7\.50/);
  });

  it("let no key break out: not of the terminal, the table or the page", () => {
    expect(renderTextReport(report)).not.toContain("\u001b");
    expect(renderMarkdownReport(report)).toContain("&lt;script>\\| [31m");
    const html = renderHtmlReport(report);
    expect(html).not.toMatch(/<script|src=|href="http/);
    expect(html).toContain("&lt;script&gt;");
  });

  it("draw their charts without a browser", () => {
    const html = renderHtmlReport(report);
    expect(html.match(/<svg /g)).toHaveLength(3);
    expect(html).toContain("Spend over time");
  });

  it("go by days where hours are many, in order of time", () => {
    const { timeline } = createCostReport(ledger(100));
    expect(timeline.map(({ key }) => key)).toEqual(["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"]);
  });

  it("are plain JSON", () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("can be made of nothing", () => {
    const empty = createCostReport(new CostCallbackHandler());
    expect(renderTextReport(empty)).toContain("Spent");
    expect(renderHtmlReport(empty)).toContain("<svg");
  });
});
