import type { Verdict } from "./judgements.ts";

/** One point of the trade: at a threshold, how many queries were answered from the cache, and how many of those wrongly. */
export interface CurvePoint {
  readonly threshold: number;
  readonly queries: number;
  readonly hits: number;
  /** Wrong hits by reading. */
  readonly wrong: Readonly<Record<keyof Verdict, number>>;
}

/** What a bound on wrong hits is a share of. */
export type Per = "query" | "hit";

export function wrongShare(point: CurvePoint, reading: keyof Verdict, per: Per): number {
  const whole = per === "query" ? point.queries : point.hits;
  return whole === 0 ? 0 : point.wrong[reading] / whole;
}

/**
 * Chooses the threshold on one part of the queries and reports on another: the lowest one from which on the bound holds.
 * `chooseOn` and `reportOn` are the same thresholds in the same order. `undefined` when no threshold keeps the bound.
 */
export function chooseAndReport(
  chooseOn: readonly CurvePoint[],
  reportOn: readonly CurvePoint[],
  reading: keyof Verdict,
  bound: number,
  per: Per,
): CurvePoint | undefined {
  let best: { index: number; hits: number } | undefined;
  for (const [index, point] of chooseOn.entries()) {
    if (wrongShare(point, reading, per) > bound) continue;
    if (!best || point.hits > best.hits) best = { index, hits: point.hits };
  }
  return best === undefined ? undefined : reportOn[best.index];
}
