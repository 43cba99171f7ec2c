import { InvalidOptionError, type NanoUsd } from "@langthrift/core";
import { addCell, type CostCell, entryDelta, newCell, readCell, savingsDelta } from "./cost-cell.ts";
import type { CostEntry, SavingsRecord } from "./cost-entry.ts";
import type { CostGroup, CostSummary, StrategyFigures } from "./cost-summary.ts";
import { DimensionTable } from "./dimension-table.ts";
import type { Dimension } from "./dimension.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

interface StrategyTotals {
  avoided: number;
  overhead: number;
  events: number;
  unknown: number;
  readonly reasons: Map<string, number>;
}

const MAX_STRATEGIES = 200;
const MAX_REASONS = 50;

/** Running sums: a total, and one table for each dimension. Its size depends on the keys, not on the calls. */
export class LedgerTotals {
  readonly #total: CostCell = newCell();
  readonly #delta: CostCell = newCell();
  readonly #tables: readonly DimensionTable[];
  readonly #strategies = new Map<string, StrategyTotals>();
  readonly #latency = new LatencyHistogram();
  readonly #firstToken = new LatencyHistogram();
  #firstAt: number | undefined;
  #lastAt: number | undefined;

  constructor(dimensions: readonly (readonly Dimension[])[], maxKeys: number) {
    this.#tables = dimensions.map((dimension) => new DimensionTable(dimension, maxKeys));
  }

  addEntry(entry: CostEntry): void {
    this.#see(entry.at);
    const delta = entryDelta(entry, this.#delta);
    addCell(this.#total, delta);
    const record = { entry };
    for (const table of this.#tables) table.add(record, delta);
    if (entry.latencyMs !== undefined && entry.status === "ok") this.#latency.add(entry.latencyMs);
    if (entry.firstTokenMs !== undefined) this.#firstToken.add(entry.firstTokenMs);
  }

  addSavings(savings: SavingsRecord): void {
    this.#see(savings.at);
    const delta = savingsDelta(savings, this.#delta);
    addCell(this.#total, delta);
    const record = { savings };
    for (const table of this.#tables) table.add(record, delta);
    const strategy = this.#strategy(savings.strategy);
    strategy.avoided += savings.avoidedNanoUsd;
    strategy.overhead += savings.attributedNanoUsd;
    strategy.events += savings.events;
    strategy.unknown += savings.unknownPrices;
    if (savings.events !== 0 && (strategy.reasons.has(savings.reason) || strategy.reasons.size < MAX_REASONS)) {
      strategy.reasons.set(savings.reason, (strategy.reasons.get(savings.reason) ?? 0) + savings.events);
    }
  }

  /** @throws {InvalidOptionError} when no table holds these dimensions. */
  summary(by: readonly Dimension[], limit: number, complete: boolean, catalogVersion: string): CostSummary {
    const table = this.#tables.find(
      ({ dimensions }) => dimensions.length === by.length && dimensions.every((name, index) => name === by[index]),
    );
    if (by.length > 0 && !table) {
      const known = this.#tables.map(({ dimensions }) => dimensions.join(" / ")).join(", ");
      const fix = by.length > 1 ? "`crossings`" : "`labels.metadata`";
      throw new InvalidOptionError(`The ledger keeps no sums by "${by.join(" / ")}". Declare it in ${fix}, or use one of: ${known}.`);
    }
    const p50 = this.#latency.quantile(0.5);
    const p95 = this.#latency.quantile(0.95);
    const firstP50 = this.#firstToken.quantile(0.5);
    const firstP95 = this.#firstToken.quantile(0.95);
    return {
      ...readCell(this.#total),
      byStrategy: Object.fromEntries([...this.#strategies].map(([name, totals]) => [name, readStrategy(totals)])),
      groups: table ? limitedGroups(table, limit) : [],
      by,
      ...(this.#firstAt !== undefined && { firstAt: this.#firstAt }),
      ...(this.#lastAt !== undefined && { lastAt: this.#lastAt }),
      complete,
      latency: {
        ...(p50 !== undefined && { p50Ms: p50 }),
        ...(p95 !== undefined && { p95Ms: p95 }),
        ...(firstP50 !== undefined && { firstTokenP50Ms: firstP50 }),
        ...(firstP95 !== undefined && { firstTokenP95Ms: firstP95 }),
      },
      catalogVersion,
    };
  }

  #see(at: number): void {
    if (this.#firstAt === undefined || at < this.#firstAt) this.#firstAt = at;
    if (this.#lastAt === undefined || at > this.#lastAt) this.#lastAt = at;
  }

  #strategy(name: string): StrategyTotals {
    const key = this.#strategies.has(name) || this.#strategies.size < MAX_STRATEGIES ? name : "(other)";
    let totals = this.#strategies.get(key);
    if (!totals) {
      totals = { avoided: 0, overhead: 0, events: 0, unknown: 0, reasons: new Map() };
      this.#strategies.set(key, totals);
    }
    return totals;
  }
}

function readStrategy({ avoided, overhead, events, unknown, reasons }: StrategyTotals): StrategyFigures {
  return {
    avoidedNanoUsd: avoided as NanoUsd,
    overheadNanoUsd: overhead as NanoUsd,
    netNanoUsd: (avoided - overhead) as NanoUsd,
    events,
    unknownPrices: unknown,
    reasons: Object.fromEntries(reasons),
  };
}

function limitedGroups(table: DimensionTable, limit: number): CostGroup[] {
  const groups = table.groups();
  const shown: CostGroup[] = groups.slice(0, limit).map(({ key, cell }) => ({ key, ...readCell(cell) }));
  if (groups.length > limit) {
    const rest = newCell();
    for (const { cell } of groups.slice(limit)) addCell(rest, cell);
    shown.push({ key: "(rest)", ...readCell(rest) });
  }
  return shown;
}
