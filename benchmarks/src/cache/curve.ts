import { mean } from "../statistics.ts";
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

/** Curves over the same thresholds: the threshold is chosen on one part of the texts and reported on another. */
export type CrossCurves = readonly { readonly choose: readonly CurvePoint[]; readonly report: readonly CurvePoint[] }[];

export const BOUNDS = [0.01, 0.02, 0.05];
export const PERS = ["query", "hit"] as const satisfies readonly Per[];

/** Judged by labels, figures are usual per query; adjudicated, per hit. The usual one of a judged reading has no ending. */
export function metricName(reading: keyof Verdict, bound: number, per: Per): string {
  const base = `hit_at_${Math.round(bound * 100)}pct_${reading}`;
  return reading !== "raw" && per === "hit" ? base : `${base}_per_${per}`;
}

/** Hit rate at each bound on wrong hits, with the threshold and the wrong hits that were then measured: means over the curves. */
export function boundMetrics(prefix: string, curves: CrossCurves, reading: keyof Verdict): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const bound of BOUNDS) {
    for (const per of PERS) {
      const points = curves.map(({ choose, report }) => chooseAndReport(choose, report, reading, bound, per));
      const name = `${prefix}${metricName(reading, bound, per)}`;
      metrics[name] = mean(points.map((point) => (point ? point.hits / point.queries : 0)));
      metrics[`${name}_threshold`] = mean(points.map((point) => point?.threshold ?? 1));
      metrics[`${name}_wrong`] = mean(points.map((point) => (point ? wrongShare(point, reading, per) : 0)));
    }
  }
  return metrics;
}

function wrongShare(point: CurvePoint, reading: keyof Verdict, per: Per): number {
  const whole = per === "query" ? point.queries : point.hits;
  return whole === 0 ? 0 : point.wrong[reading] / whole;
}

/** The threshold with the most hits among those that keep the bound where it is chosen; `undefined` when none does. */
function chooseAndReport(
  choose: readonly CurvePoint[],
  report: readonly CurvePoint[],
  reading: keyof Verdict,
  bound: number,
  per: Per,
): CurvePoint | undefined {
  let best: { index: number; hits: number } | undefined;
  for (const [index, point] of choose.entries()) {
    if (wrongShare(point, reading, per) > bound) continue;
    if (!best || point.hits > best.hits) best = { index, hits: point.hits };
  }
  return best === undefined ? undefined : report[best.index];
}
