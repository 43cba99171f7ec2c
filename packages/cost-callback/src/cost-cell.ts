import type { NanoUsd, Usage } from "@langthrift/core";
import type { CostEntry, SavingsRecord } from "./cost-entry.ts";

/** The sums of one group. Money in nano-dollars, exact below 2^53 (about $9.0 million). */
export interface CostFigures {
  /** Calls that the application asked for: no overhead, no retries. */
  readonly requests: number;
  /** Everything that has a line in the ledger, cached answers included. */
  readonly calls: number;
  readonly errors: number;
  readonly cached: number;
  /** Aborted by a signal, or a stream that was left unread. */
  readonly aborted: number;
  /** Refused by a budget. */
  readonly refused: number;
  /** Second and later attempts: retries and fallbacks. */
  readonly retries: number;
  /** Calls whose usage or price is an estimate. */
  readonly estimated: number;
  /** Calls and events whose price is unknown; they are in no sum. */
  readonly unknownPrices: number;
  /** The calls among them: with any, `spentNanoUsd` is a lower bound. */
  readonly unpricedCalls: number;
  /** All money spent, overhead included. */
  readonly spentNanoUsd: NanoUsd;
  readonly avoidedNanoUsd: NanoUsd;
  /** The part of `spentNanoUsd` that strategies spent for themselves. */
  readonly overheadNanoUsd: NanoUsd;
  /** avoided - overhead: what the strategies were worth. */
  readonly netNanoUsd: NanoUsd;
  /** The part of `spentNanoUsd` that bought no whole answer: failed, aborted and abandoned calls. */
  readonly wasteNanoUsd: NanoUsd;
  readonly tokens: Usage;
  /** Sum over the calls that were timed, and how many were; the same for the time to the first token. */
  readonly latencyMs: { readonly total: number; readonly calls: number };
  readonly firstTokenMs: { readonly total: number; readonly calls: number };
}

// A cell is one vector, so that a call is added to a dozen groups by plain additions.
const REQUESTS = 0;
const CALLS = 1;
const ERRORS = 2;
const CACHED = 3;
const ABORTED = 4;
const REFUSED = 5;
const RETRIES = 6;
const ESTIMATED = 7;
const UNKNOWN = 8;
const SPENT = 9;
const AVOIDED = 10;
const OVERHEAD = 11;
const WASTE = 12;
const LATENCY = 13;
const TIMED = 14;
const FIRST_TOKEN = 15;
const FIRST_TOKEN_TIMED = 16;
const UNPRICED_CALLS = 17;
const TOKENS = 18;

const tokenFields = [
  "inputTokens",
  "outputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "cacheWrite1hTokens",
  "inputAudioTokens",
  "outputAudioTokens",
  "reasoningTokens",
  "webSearches",
] as const satisfies readonly (keyof Usage)[];

const SIZE = TOKENS + tokenFields.length;

export type CostCell = Float64Array;

export function newCell(): CostCell {
  return new Float64Array(SIZE);
}

export function addCell(to: CostCell, delta: CostCell): void {
  for (let index = 0; index < SIZE; index += 1) to[index] = (to[index] as number) + (delta[index] as number);
}

/** Writes an entry's contribution into `cell`, which is overwritten. */
export function entryDelta(entry: CostEntry, cell: CostCell): CostCell {
  cell.fill(0);
  const { status, usage, nanoUsd, overhead, attempt } = entry;
  const spent = nanoUsd ?? 0;
  cell[CALLS] = 1;
  if (!overhead && attempt === 1 && entry.kind === "llm") cell[REQUESTS] = 1;
  if (status === "error") cell[ERRORS] = 1;
  else if (status === "cached") cell[CACHED] = 1;
  else if (status === "aborted" || status === "abandoned") cell[ABORTED] = 1;
  else if (status === "refused") cell[REFUSED] = 1;
  if (attempt > 1) cell[RETRIES] = 1;
  if (entry.confidence === "estimated") cell[ESTIMATED] = 1;
  if (nanoUsd === null) {
    cell[UNKNOWN] = 1;
    cell[UNPRICED_CALLS] = 1;
  }
  cell[SPENT] = spent;
  if (overhead) cell[OVERHEAD] = spent;
  if (status === "error" || status === "aborted" || status === "abandoned") cell[WASTE] = spent;
  if (entry.latencyMs !== undefined) {
    cell[LATENCY] = entry.latencyMs;
    cell[TIMED] = 1;
  }
  if (entry.firstTokenMs !== undefined) {
    cell[FIRST_TOKEN] = entry.firstTokenMs;
    cell[FIRST_TOKEN_TIMED] = 1;
  }
  if (usage) {
    for (let index = 0; index < tokenFields.length; index += 1) {
      cell[TOKENS + index] = usage[tokenFields[index] as (typeof tokenFields)[number]] ?? 0;
    }
  }
  return cell;
}

/** Writes a savings record's contribution into `cell`, which is overwritten. */
export function savingsDelta(record: SavingsRecord, cell: CostCell): CostCell {
  cell.fill(0);
  cell[SPENT] = record.spentNanoUsd;
  cell[AVOIDED] = record.avoidedNanoUsd;
  cell[OVERHEAD] = record.overheadNanoUsd;
  cell[UNKNOWN] = record.unknownPrices;
  return cell;
}

export function readCell(cell: CostCell): CostFigures {
  const at = (index: number): number => cell[index] as number;
  const tokens: Record<string, number> = {};
  tokenFields.forEach((field, index) => {
    const value = at(TOKENS + index);
    if (value !== 0 || index < 2) tokens[field] = value;
  });
  return {
    requests: at(REQUESTS),
    calls: at(CALLS),
    errors: at(ERRORS),
    cached: at(CACHED),
    aborted: at(ABORTED),
    refused: at(REFUSED),
    retries: at(RETRIES),
    estimated: at(ESTIMATED),
    unknownPrices: at(UNKNOWN),
    unpricedCalls: at(UNPRICED_CALLS),
    spentNanoUsd: at(SPENT) as NanoUsd,
    avoidedNanoUsd: at(AVOIDED) as NanoUsd,
    overheadNanoUsd: at(OVERHEAD) as NanoUsd,
    netNanoUsd: (at(AVOIDED) - at(OVERHEAD)) as NanoUsd,
    wasteNanoUsd: at(WASTE) as NanoUsd,
    tokens,
    latencyMs: { total: at(LATENCY), calls: at(TIMED) },
    firstTokenMs: { total: at(FIRST_TOKEN), calls: at(FIRST_TOKEN_TIMED) },
  };
}

/** For sorting without reading the whole cell. */
export function moneyOf(cell: CostCell): number {
  return (cell[SPENT] as number) + (cell[AVOIDED] as number);
}
