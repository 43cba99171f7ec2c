import type { NanoUsd } from "@langthrift/core";
import type { CostFigures } from "./cost-cell.ts";
import type { Dimension } from "./dimension.ts";

/** What to sum. Without fields: everything, with no groups. */
export interface CostQuery {
  /** Groups of `summary.groups`. Several need to be declared in the ledger's `crossings`, unless the query filters. */
  readonly by?: Dimension | readonly Dimension[];
  /**
   * Only calls with these values. Answered from the last records (option `recentEntries`), so `complete` may be `false`; sums over
   * everything that need a filter are better declared as `crossings`.
   */
  readonly where?: Partial<Readonly<Record<Dimension, string>>>;
  /** ms since epoch, included; answered from the last records, as `where`. */
  readonly from?: number;
  /** ms since epoch, excluded. */
  readonly to?: number;
  /** At most so many groups, the dearest; the rest are added up in "(rest)". A count. @default all */
  readonly limit?: number;
}

/** The figures of one value of a dimension. */
export interface CostGroup extends CostFigures {
  /** The value of the dimension; values of several are joined by " / ". */
  readonly key: string;
}

/** One strategy's account. */
export interface StrategyFigures {
  readonly avoidedNanoUsd: NanoUsd;
  /** What the strategy spent for itself, wherever it was recorded. */
  readonly overheadNanoUsd: NanoUsd;
  readonly netNanoUsd: NanoUsd;
  readonly events: number;
  /** Events without a price; in no sum. */
  readonly unknownPrices: number;
  /** Events by their reason, for example `"hit:semantic"`. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** The figures of everything that a query asked for, and of its groups. */
export interface CostSummary extends CostFigures {
  readonly byStrategy: Readonly<Record<string, StrategyFigures>>;
  readonly groups: readonly CostGroup[];
  /** What `groups` are by; empty without `by`. */
  readonly by: readonly Dimension[];
  /** ms since epoch of the first and last record; absent in an empty ledger. */
  readonly firstAt?: number;
  readonly lastAt?: number;
  /** `false` when the query needed records that the ledger no longer holds. */
  readonly complete: boolean;
  readonly latency: {
    readonly p50Ms?: number;
    readonly p95Ms?: number;
    readonly firstTokenP50Ms?: number;
    readonly firstTokenP95Ms?: number;
  };
  readonly catalogVersion: string;
}
