import { type NanoUsd, sumUsd, toUsd } from "@langthrift/core";
import { percentile } from "./percentile.ts";
import type { ReplayOutcome } from "./replay-outcome.ts";

/** What the replay is about, beyond its outcomes. */
export interface DemoReportContext {
  readonly input: string;
  /** Lines of the input that could not be used. */
  readonly skippedLines: number;
  /** Answers come from the local server, not from a provider. */
  readonly simulated: boolean;
  readonly strongModel: string;
  readonly cheapModel: string;
  /** The user stopped the replay before its end. */
  readonly interrupted: boolean;
  /** What the strategies spent on themselves, as the ledger has it. */
  readonly overheadNanoUsd: NanoUsd | null;
  /** The ledger's sum of real spend. */
  readonly ledgerNanoUsd: NanoUsd;
  /** What the model server counted itself; `null` with a real provider, which sends its invoice later. */
  readonly serverNanoUsd: NanoUsd | null;
}

/** The figures of a replay. Amounts in US dollars; `null` where a price is unknown. Rates are fractions, times in ms. */
export interface DemoReport {
  readonly input: string;
  readonly simulated: boolean;
  readonly interrupted: boolean;
  readonly requests: number;
  readonly failed: number;
  readonly skippedLines: number;
  readonly strongModel: string;
  readonly cheapModel: string;
  readonly baselineUsd: number | null;
  readonly actualUsd: number | null;
  /** By strategy, and in sum: baseline − actual + overhead. */
  readonly savedUsd: { readonly semanticCache: number | null; readonly modelRouter: number | null; readonly total: number | null };
  readonly savedShare: number | null;
  readonly overheadUsd: number | null;
  /** Requests whose price is not known; their cost is in no sum. */
  readonly unknownPrices: number;
  readonly cache: {
    readonly hits: number;
    readonly exactHits: number;
    readonly semanticHits: number;
    readonly hitRate: number;
    readonly wrongHits: number | null;
    /** Of the hits whose labels are known; `null` when the log has none. */
    readonly wrongHitRate: number | null;
  };
  readonly models: readonly { readonly model: string; readonly requests: number; readonly share: number; readonly usd: number | null }[];
  /** What the pipeline adds to a call: everything but waiting for the model. */
  readonly latency: {
    readonly addedP50Ms: number | null;
    readonly addedP95Ms: number | null;
    readonly hitP50Ms: number | null;
    readonly hitP95Ms: number | null;
  };
  readonly ledger: { readonly spentNanoUsd: number; readonly serverNanoUsd: number | null; readonly agrees: boolean | null };
}

/**
 * Sums up a replay. The saving of a hit is what the dear model would have charged for the stored answer; the router's is the dear
 * model's price less the served one's, on the same tokens. So the two add up to the difference between baseline and spend.
 */
export function makeDemoReport(outcomes: readonly ReplayOutcome[], context: DemoReportContext): DemoReport {
  const answered = outcomes.filter(({ answeredBy }) => answeredBy !== null);
  const hits = answered.filter(({ answeredBy }) => answeredBy === "cache");
  const misses = answered.filter(({ answeredBy }) => answeredBy === "model");
  const judged = hits.filter(({ wrongHit }) => wrongHit !== undefined);
  const priced = answered.filter(({ spentNanoUsd, baselineNanoUsd }) => spentNanoUsd !== null && baselineNanoUsd !== null);
  const known = priced.length > 0 || answered.length === 0;
  const sum = (list: readonly ReplayOutcome[], amount: (outcome: ReplayOutcome) => NanoUsd | null) => sumUsd(list.map(amount)).total;
  const dollars = (amount: number): number | null => (known ? toUsd(amount as NanoUsd) : null);

  const baseline = sum(priced, ({ baselineNanoUsd }) => baselineNanoUsd);
  const spent = sum(priced, ({ spentNanoUsd }) => spentNanoUsd);
  const overhead = context.overheadNanoUsd ?? 0;
  const byCache = sum(
    priced.filter(({ answeredBy }) => answeredBy === "cache"),
    ({ baselineNanoUsd }) => baselineNanoUsd,
  );
  const byRouter = baseline - byCache - spent;
  const actual = spent + overhead;
  const exactHits = hits.filter(({ cacheKind }) => cacheKind === "exact").length;
  const wrongHits = judged.filter(({ wrongHit }) => wrongHit).length;
  const added = answered.map(({ totalMs, providerMs }) => Math.max(0, totalMs - providerMs));
  const hitTimes = hits.map(({ totalMs }) => totalMs);

  return {
    input: context.input,
    simulated: context.simulated,
    interrupted: context.interrupted,
    requests: outcomes.length,
    failed: outcomes.length - answered.length,
    skippedLines: context.skippedLines,
    strongModel: context.strongModel,
    cheapModel: context.cheapModel,
    baselineUsd: dollars(baseline),
    actualUsd: dollars(actual),
    savedUsd: { semanticCache: dollars(byCache), modelRouter: dollars(byRouter), total: dollars(byCache + byRouter) },
    savedShare: known && baseline > 0 ? (baseline - actual) / baseline : null,
    overheadUsd: context.overheadNanoUsd === null ? null : toUsd(context.overheadNanoUsd),
    unknownPrices: answered.length - priced.length,
    cache: {
      hits: hits.length,
      exactHits,
      semanticHits: hits.length - exactHits,
      hitRate: answered.length === 0 ? 0 : hits.length / answered.length,
      wrongHits: judged.length === 0 ? null : wrongHits,
      wrongHitRate: judged.length === 0 ? null : wrongHits / judged.length,
    },
    models: modelShares(misses, answered.length),
    latency: {
      addedP50Ms: percentile(added, 0.5),
      addedP95Ms: percentile(added, 0.95),
      hitP50Ms: percentile(hitTimes, 0.5),
      hitP95Ms: percentile(hitTimes, 0.95),
    },
    ledger: {
      spentNanoUsd: context.ledgerNanoUsd,
      serverNanoUsd: context.serverNanoUsd,
      agrees: context.serverNanoUsd === null ? null : context.serverNanoUsd === context.ledgerNanoUsd,
    },
  };
}

function modelShares(misses: readonly ReplayOutcome[], answered: number): DemoReport["models"] {
  const names = [...new Set(misses.map(({ model }) => model ?? "unknown"))].sort();
  return names.map((model) => {
    const own = misses.filter((outcome) => (outcome.model ?? "unknown") === model);
    const { total, unknown } = sumUsd(own.map(({ spentNanoUsd }) => spentNanoUsd));
    return { model, requests: own.length, share: own.length / answered, usd: unknown === own.length ? null : toUsd(total) };
  });
}
