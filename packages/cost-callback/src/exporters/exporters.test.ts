import { InvalidOptionError, nanoUsd, parseCallRecord } from "@langthrift/core";
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CostCallbackHandler } from "../cost-callback-handler.ts";
import type { CostExporter } from "../cost-exporter.ts";
import { jsonlExporter } from "./jsonl-exporter.ts";
import { otelExporter } from "./otel-exporter.ts";
import { prometheusExporter } from "./prometheus-exporter.ts";
import { type SqliteDatabaseLike, sqliteExporter } from "./sqlite-exporter.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "langthrift-cost-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Two priced calls, one without a price, and a savings event. */
async function fill(exporter: CostExporter): Promise<CostCallbackHandler> {
  const costs = new CostCallbackHandler({ exporters: [exporter], logger: false, labels: { metadata: ["customer"] } });
  const usage = { inputTokens: 1_000, outputTokens: 500, cacheReadTokens: 200 };
  costs.recordCost({
    id: "1",
    kind: "llm",
    model: "gpt-4.1-mini",
    provider: "openai",
    usage,
    latencyMs: 1_500,
    metadata: { customer: "acme", secret: "s3cr3t" },
  });
  costs.recordCost({ id: "2", kind: "llm", model: "gpt-4.1-mini", provider: "openai", usage, latencyMs: 100 });
  costs.recordCost({ id: "3", kind: "llm", model: "nobody", usage });
  costs.recordSavings({
    version: 1,
    id: "e",
    decisionId: "d",
    strategy: "semantic-cache",
    kind: "avoided",
    reason: "hit:exact",
    at: 1_760_000_000_000,
    nanoUsd: nanoUsd(5_000_000),
    details: {},
  });
  await costs.flush();
  expect(costs.recorder.droppedExports).toBe(0);
  return costs;
}
// 800 x $0.40 + 200 x $0.10 + 500 x $1.60 per million.
const EACH = 1_140_000;

describe("jsonlExporter", () => {
  it("writes a traffic log, and no metadata that was not asked for", async () => {
    const path = join(folder, "logs", "costs.jsonl");
    await fill(jsonlExporter({ path }));
    const text = await readFile(path, "utf8");
    const lines = text.trim().split("\n").map(parseCallRecord);
    expect(lines).toMatchObject([{ nanoUsd: EACH, metadata: { customer: "acme" } }, { nanoUsd: EACH }, { nanoUsd: null }]);
    expect(text).not.toContain("s3cr3t");
    expect(await readFile(join(folder, "logs", "costs.savings.jsonl"), "utf8")).toContain("semantic-cache");
  });

  it("rotates, and keeps so many old files", async () => {
    const path = join(folder, "costs.jsonl");
    const exporter = jsonlExporter({ path, maxBytes: 1_000, keep: 2 });
    for (let round = 0; round < 5; round += 1) await fill(exporter);
    expect((await readdir(folder)).filter((name) => !name.includes("savings")).sort()).toEqual([
      "costs.jsonl",
      "costs.jsonl.1",
      "costs.jsonl.2",
    ]);
  });

  it.each([{ path: "" }, { path: "x", maxBytes: 1 }, { path: "x", keep: -1 }])("rejects %o", (options) => {
    expect(() => jsonlExporter(options)).toThrow(InvalidOptionError);
  });
});

/** What the tests read with; all three libraries have it. */
interface Database extends SqliteDatabaseLike {
  prepare(sql: string): ReturnType<SqliteDatabaseLike["prepare"]> & { get(): unknown; all(): unknown[] };
}

/** Not in every Node, and not everywhere installable: a library that is not there is skipped. */
async function openerOf(name: string): Promise<(() => Database) | undefined> {
  try {
    const found = (await import(name)) as { DatabaseSync?: new (path: string) => Database; default?: new (path: string) => Database };
    const Opened = found.DatabaseSync ?? found.default;
    if (!Opened) return undefined;
    // A native library may be there and built for another Node.
    const open = (): Database => new Opened(":memory:");
    open();
    return open;
  } catch {
    return undefined;
  }
}

const libraries = await Promise.all(
  ["@photostructure/sqlite", "node:sqlite", "better-sqlite3"].map(async (name) => ({ name, open: await openerOf(name) })),
);

describe.for(libraries)("sqliteExporter on $name (where it is installed)", { timeout: 20_000 }, ({ open }) => {
  const plain = (row: unknown): unknown => JSON.parse(JSON.stringify(row));

  it.skipIf(!open)("writes each entry once, amounts as integers and unknown prices as NULL", async () => {
    const database = open!();
    const exporter = sqliteExporter({ database });
    const costs = await fill(exporter);
    await exporter.export(costs.entries(), []);
    const sums = database.prepare("SELECT count(*) AS n, sum(nano_usd) AS spent, sum(nano_usd IS NULL) AS unknown FROM llm_costs").get();
    expect(plain(sums)).toEqual({ n: 3, spent: 2 * EACH, unknown: 1 });
    const savings = database.prepare("SELECT strategy, avoided_nano_usd FROM llm_costs_savings").all();
    expect(plain(savings)).toEqual([{ strategy: "semantic-cache", avoided_nano_usd: 5_000_000 }]);
  });

  it.skipIf(!open)("keeps why a cost is an estimate", async () => {
    const database = open!();
    const exporter = sqliteExporter({ database });
    const costs = new CostCallbackHandler({ exporters: [exporter] });
    costs.recordCost({ kind: "llm", model: "gpt-4.1", usage: { inputTokens: 5, estimated: true }, estimateReasons: ["usage-not-sent"] });
    await costs.flush();
    expect(plain(database.prepare("SELECT estimate_reasons FROM llm_costs").get())).toEqual({ estimate_reasons: '["usage-not-sent"]' });
  });

  it.skipIf(!open)("writes a batch whole or not at all", async () => {
    const database = open!();
    const exporter = sqliteExporter({ database });
    const costs = await fill(exporter);
    const [first] = costs.entries();
    const broken = { ...first!, id: "b", model: {} as string };
    await expect(exporter.export([{ ...first!, id: "a" }, broken], [])).rejects.toThrow();
    expect(plain(database.prepare("SELECT count(*) AS n FROM llm_costs").get())).toEqual({ n: 3 });
  });

  it.skipIf(!open)("refuses a table name that is more than a name", () => {
    expect(() => sqliteExporter({ database: open!(), table: "x; DROP TABLE y" })).toThrow(InvalidOptionError);
  });
});

describe("prometheusExporter", () => {
  it("counts money, tokens and unknown prices, without users", async () => {
    const registry = new Registry();
    const exporter = prometheusExporter({ registry });
    await fill(exporter);
    exporter.setBudget("team", 4.2);
    const text = await registry.metrics();
    expect(text).toContain('llm_cost_usd_total{provider="openai",model="gpt-4.1-mini",feature=""} 0.00228');
    expect(text).toContain('llm_tokens_total{provider="openai",model="gpt-4.1-mini",type="input"} 2000');
    expect(text).toContain('llm_unknown_prices_total{model="nobody"} 1');
    expect(text).toContain('llm_avoided_cost_usd_total{strategy="semantic-cache"} 0.005');
    expect(text).toContain('llm_budget_remaining_usd{budget="team"} 4.2');
  });
});

describe("otelExporter", () => {
  it("records the GenAI conventions' metrics, by a table of names that can be changed", async () => {
    const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: memory, exportIntervalMillis: 1e8 })] });
    await fill(otelExporter({ meter: provider.getMeter("test"), names: { cost: "cost.renamed" } }));
    await provider.forceFlush();
    const found = memory.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
    const byName = (name: string) => found.find(({ descriptor }) => descriptor.name === name)!;
    const input = byName("gen_ai.client.token.usage").dataPoints.find(
      ({ attributes }) => attributes["gen_ai.token.type"] === "input" && attributes["gen_ai.response.model"] === "gpt-4.1-mini",
    );
    expect(input?.value).toMatchObject({ sum: 2_000, count: 2 });
    expect(byName("cost.renamed").dataPoints).toMatchObject([
      { value: (2 * EACH) / 1e9, attributes: { "gen_ai.usage.cost.currency": "USD" } },
    ]);
    expect(byName("langthrift.avoided_cost").dataPoints).toMatchObject([{ value: 0.005 }]);
    await provider.shutdown();
  });
});
