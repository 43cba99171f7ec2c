// %% [markdown]
// # Cost callback
//
// `@langthrift/cost-callback` counts what every run costs and what was avoided, by any label, and holds budgets. This notebook reads a bill
// by feature and user, stops a run at its budget, and prints a report.
//
// Without `OPENAI_API_KEY` a local server answers in place of OpenAI; the prices are OpenAI's.

// %%
import { ChatOpenAI } from "@langchain/openai";
import { BudgetExceededError, findError, formatUsd, usd } from "@langthrift/core";
import {
  CostCallbackHandler,
  createCostReport,
  renderMarkdownReport,
  withCost,
} from "@langthrift/cost-callback";
import { useDemoServer } from "langthrift/demo";
import { showBars } from "./chart.ts";

const models = await useDemoServer();
const costs = new CostCallbackHandler();
const model = new ChatOpenAI({ model: "gpt-4.1-mini" });

// %% [markdown]
// ## One callback
//
// Pass the handler to a call, a chain or an agent. Labels come from the metadata.

// %%
const features = ["search", "summary", "chat"];
for (let index = 0; index < 12; index += 1) {
  const feature = features[index % 3];
  const question = `Question ${index + 1} about ${feature}. ${"It comes with some context. ".repeat(feature === "summary" ? 60 : 5)}`;
  await model.invoke(question, {
    callbacks: [costs],
    metadata: { userId: `user-${index % 2}`, feature },
  });
}
const { requests, spentNanoUsd, tokens } = costs.summary();
console.log(
  `${requests} requests, ${tokens.inputTokens} + ${tokens.outputTokens} tokens, ${formatUsd(spentNanoUsd)}`,
);

// %%
for (const by of ["feature", "user"] as const) {
  const { groups } = costs.summary({ by });
  await showBars(
    `Spent by ${by}`,
    groups.map(({ key, spentNanoUsd }) => ({ label: key, value: spentNanoUsd })),
    (nano) => `$${(nano / 1e9).toFixed(5)}`,
  );
}

// %% [markdown]
// ## Unknown is not free
//
// What is not a model's call can be recorded too. A price that nobody knows is counted and reported, never taken for 0.

// %%
costs.recordCost({ kind: "tool", model: "web-search", nanoUsd: usd(0.01) });
costs.recordCost({ kind: "tool", model: "weather", nanoUsd: null });
console.log("unknown prices:", costs.summary().unknownPrices);

// %% [markdown]
// ## A budget
//
// Before a call its cost is estimated and reserved; a call that does not fit is refused before it costs anything.

// %%
const budgeted = withCost(model, {
  costs: new CostCallbackHandler(),
  budgets: [{ id: "this run", limitUsd: 0.001, window: { kind: "total" }, reserveOutput: 200 }],
});
let answered = 0;
try {
  for (; answered < 100; answered += 1)
    await budgeted.invoke(`Tell me fact number ${answered}.`);
} catch (error) {
  const refusal = findError(error, BudgetExceededError);
  if (!refusal) throw error;
  console.log(
    `${answered} calls passed, then the budget "${refusal.budgetId}" of $${refusal.limitUsd} refused`,
  );
}

// %% [markdown]
// ## A report
//
// As Markdown here; `renderTextReport` for a terminal, `renderHtmlReport` from `@langthrift/cost-callback/html` for a page with charts.

// %%
// Without dates and latencies, which differ from run to run.
const report = renderMarkdownReport(createCostReport(costs));
console.log(
  report
    .split("\n")
    .filter((line) => !/20\d\d-|latency|ms/i.test(line))
    .join("\n"),
);
await costs.flush();
await models.close();

// %% [markdown]
// ## Next
//
// - Send it on: exporters for JSONL, SQLite, Prometheus, OpenTelemetry and LangSmith are subpaths of the package.
// - Budgets that several processes share: `redisBudgetStore` from `@langthrift/cost-callback/redis`.
// - Prices are list prices of a pinned catalogue. Give `overrides` for what you really pay.
