import { Counter, Gauge, Histogram, type Registry, register } from "prom-client";
import type { CostExporter } from "../cost-exporter.ts";

/** Options of {@link prometheusExporter}. */
export interface PrometheusExporterOptions {
  /** @default prom-client's own */
  readonly registry?: Registry;
  /** Begins every name. @default "llm_" */
  readonly prefix?: string;
}

/** An exporter that also shows what is left of budgets. */
export interface PrometheusExporter extends CostExporter {
  /** Sets `llm_budget_remaining_usd`; call it with what `BudgetKeeper.read` says. */
  setBudget(budgetId: string, remainingUsd: number): void;
}

/**
 * Counters for Prometheus. Labels are few on purpose (provider, model, feature; no user, no run): each combination is a series for ever.
 * `llm_cost_usd_total`, `llm_tokens_total{type}`, `llm_calls_total{status}`, `llm_avoided_cost_usd_total{strategy}`,
 * `llm_overhead_cost_usd_total{strategy}`, `llm_unknown_prices_total`, `llm_call_seconds`, `llm_budget_remaining_usd{budget}`.
 */
export function prometheusExporter({ registry = register, prefix = "llm_" }: PrometheusExporterOptions = {}): PrometheusExporter {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name: `${prefix}${name}`, help, labelNames, registers });
  const cost = counter("cost_usd_total", "Money spent, US dollars", ["provider", "model", "feature"]);
  const tokens = counter("tokens_total", "Billable tokens", ["provider", "model", "type"]);
  const calls = counter("calls_total", "Calls by outcome", ["provider", "model", "status"]);
  const unknown = counter("unknown_prices_total", "Calls and events without a known price", ["model"]);
  const avoided = counter("avoided_cost_usd_total", "Money avoided, US dollars", ["strategy"]);
  const overhead = counter("overhead_cost_usd_total", "Money that strategies spent, US dollars", ["strategy"]);
  const seconds = new Histogram({
    name: `${prefix}call_seconds`,
    help: "Duration of calls",
    labelNames: ["provider", "model"],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const budget = new Gauge({
    name: `${prefix}budget_remaining_usd`,
    help: "What is left of a budget, US dollars",
    labelNames: ["budget"],
    registers,
  });

  return {
    async export(entries, savings) {
      for (const { provider = "unknown", model, feature = "", status, nanoUsd, usage, latencyMs } of entries) {
        calls.inc({ provider, model, status });
        if (nanoUsd === null) unknown.inc({ model });
        else if (nanoUsd > 0) cost.inc({ provider, model, feature }, nanoUsd / 1e9);
        const counts = {
          input: usage?.inputTokens,
          output: usage?.outputTokens,
          cache_read: usage?.cacheReadTokens,
          cache_write: usage?.cacheWriteTokens,
        };
        for (const [type, count] of Object.entries(counts)) if (count) tokens.inc({ provider, model, type }, count);
        if (latencyMs !== undefined) seconds.observe({ provider, model }, latencyMs / 1_000);
      }
      for (const { strategy, avoidedNanoUsd, attributedNanoUsd } of savings) {
        // A counter cannot go back: corrections and savings below zero are left to the ledger.
        if (avoidedNanoUsd > 0) avoided.inc({ strategy }, avoidedNanoUsd / 1e9);
        if (attributedNanoUsd > 0) overhead.inc({ strategy }, attributedNanoUsd / 1e9);
      }
    },
    setBudget(budgetId, remainingUsd) {
      budget.set({ budget: budgetId }, remainingUsd);
    },
    async close() {
      // The registry is the caller's.
    },
  };
}
