import { InvalidOptionError } from "@langthrift/core";
import type { CostEntry, SavingsRecord } from "./cost-entry.ts";
import type { CostQuery, CostSummary } from "./cost-summary.ts";
import { type Dimension, fixedDimensions, type LedgerRecord, valueOf } from "./dimension.ts";
import { LedgerTotals } from "./ledger-totals.ts";
import { RecentIds } from "./recent-ids.ts";
import { Ring } from "./ring.ts";

/** Options of {@link CostLedger}. */
export interface CostLedgerOptions {
  /** Metadata keys that become dimensions `metadata:KEY`. @default [] */
  readonly metadata?: readonly string[];
  /** Combinations of dimensions to keep exact sums for, for example `[["tenant", "model"]]`. @default [] */
  readonly crossings?: readonly (readonly Dimension[])[];
  /** How many records are kept one by one, for filters and `entries()`. Each takes about 1 kB. @default 10_000 */
  readonly recentEntries?: number;
  /** Groups kept for each dimension; what is over goes to "(other)", so that totals stay right. Each takes about 0.4 kB. @default 2_000 */
  readonly maxKeys?: number;
  /** Stands in summaries and reports. @default none */
  readonly catalogVersion?: string;
}

const REMEMBERED_IDS = 20_000;

/**
 * The books, in memory. Sums are exact and kept for every dimension; single records only for the last `recentEntries`. So its size is
 * bounded by `recentEntries` and `maxKeys`, whatever the number of calls: some 10 MB with the defaults and ordinary labels, 25 MB at worst.
 */
export class CostLedger {
  readonly #options: Required<CostLedgerOptions>;
  readonly #totals: LedgerTotals;
  readonly #recent: Ring<LedgerRecord>;
  readonly #ids = new RecentIds(REMEMBERED_IDS);

  /** @throws {InvalidOptionError} when a limit is not a whole number. */
  constructor({ metadata = [], crossings = [], recentEntries = 10_000, maxKeys = 2_000, catalogVersion = "none" }: CostLedgerOptions = {}) {
    for (const [name, value, least] of [
      ["recentEntries", recentEntries, 0],
      ["maxKeys", maxKeys, 1],
    ] as const) {
      if (!Number.isSafeInteger(value) || value < least) {
        throw new InvalidOptionError(`\`${name}\` is ${value}. Pass a whole number, at least ${least}.`);
      }
    }
    this.#options = { metadata, crossings, recentEntries, maxKeys, catalogVersion };
    this.#totals = this.#newTotals();
    this.#recent = new Ring(recentEntries);
  }

  /** Adds a call. A known id is a no-op: `false`. */
  record(entry: CostEntry): boolean {
    if (!this.#ids.add(entry.id)) return false;
    this.#totals.addEntry(entry);
    this.#recent.push({ entry });
    return true;
  }

  /** Adds what a strategy avoided or spent. A known id is a no-op: `false`. */
  recordSavings(savings: SavingsRecord): boolean {
    if (!this.#ids.add(`savings:${savings.id}`)) return false;
    this.#totals.addSavings(savings);
    this.#recent.push({ savings });
    return true;
  }

  /** @throws {InvalidOptionError} for a dimension that the ledger does not keep. */
  summary({ by = [], where, from, to, limit = Number.POSITIVE_INFINITY }: CostQuery = {}): CostSummary {
    const dimensions = typeof by === "string" ? [by] : by;
    const { catalogVersion } = this.#options;
    if (where === undefined && from === undefined && to === undefined) {
      return this.#totals.summary(dimensions, limit, true, catalogVersion);
    }
    const totals = new LedgerTotals(dimensions.length > 0 ? [dimensions] : [], this.#options.maxKeys);
    for (const record of this.#recent) {
      if (!matches(record, where, from, to)) continue;
      if (record.entry) totals.addEntry(record.entry);
      else totals.addSavings(record.savings);
    }
    return totals.summary(dimensions, limit, this.#recent.dropped === 0, catalogVersion);
  }

  /** The last calls, oldest first. */
  entries(): CostEntry[] {
    const entries: CostEntry[] = [];
    for (const { entry } of this.#recent) if (entry) entries.push(entry);
    return entries;
  }

  #newTotals(): LedgerTotals {
    const { metadata, crossings, maxKeys } = this.#options;
    const single = [...fixedDimensions, ...metadata.map((key): Dimension => `metadata:${key}`)].map((dimension) => [dimension]);
    return new LedgerTotals([...single, ...crossings], maxKeys);
  }
}

function matches(record: LedgerRecord, where: CostQuery["where"], from: number | undefined, to: number | undefined): boolean {
  const { at } = record.entry ?? record.savings;
  if (from !== undefined && at < from) return false;
  if (to !== undefined && at >= to) return false;
  for (const [dimension, wanted] of Object.entries(where ?? {})) {
    if (wanted === undefined) continue;
    const value = valueOf(dimension as Dimension, record);
    if (typeof value === "string" ? value !== wanted : !value.includes(wanted)) return false;
  }
  return true;
}
