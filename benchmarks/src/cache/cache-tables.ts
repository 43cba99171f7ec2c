import { BOUNDS, type CrossCurves, metricName, PERS } from "./curve.ts";
import { readings, type Verdict } from "./judgements.ts";

const shown = new Set([0.75, 0.8, 0.84, 0.86, 0.88, 0.9, 0.92, 0.95, 0.98]);

/** Hits and wrong hits at some thresholds, over all queries. */
export function curveTable(curves: CrossCurves): string {
  const rows = ["  threshold     hits   wrong per query: raw / lenient / strict"];
  const points = curves.flatMap(({ report }) => report);
  for (const threshold of [...new Set(points.map((point) => point.threshold))].filter((value) => shown.has(value))) {
    const here = points.filter((point) => point.threshold === threshold);
    const total = here.reduce((sum, point) => sum + point.queries, 0);
    const hits = here.reduce((sum, point) => sum + point.hits, 0);
    const wrong = readings.map((reading) => percent(here.reduce((sum, point) => sum + point.wrong[reading], 0) / total));
    rows.push(`  ${threshold.toFixed(3)}      ${percent(hits / total)}   ${wrong.join("  ")}`);
  }
  return rows.join("\n");
}

export function boundTable(metrics: Readonly<Record<string, number>>, judged: readonly (keyof Verdict)[]): string {
  const rows = ["  hits at a bound on wrong hits        learned   text only   guarded    cosine"];
  for (const per of PERS) {
    for (const reading of judged) {
      for (const bound of BOUNDS) {
        const name = metricName(reading, bound, per);
        const cells = ["", "text_only_", "guarded_", "cosine_"].map((prefix) => percent(metrics[`${prefix}${name}`] ?? Number.NaN));
        rows.push(`  ${`at most ${percent(bound).trim()} ${reading}, per ${per}`.padEnd(34)} ${cells.join("   ")}`);
      }
    }
  }
  return rows.join("\n");
}

export function timeTable(lookups: Readonly<Record<string, number>>): string {
  const row = (name: string) =>
    ["p50", "p95", "p99"].flatMap((share) => {
      const value = lookups[`${name}_${share}_ms`];
      return value === undefined ? [] : [`${share} ${value.toFixed(3)} ms`];
    });
  return [
    `  lookup without embedding   ${row("lookup").join("  ")}`,
    `  lookup with embedding      ${row("lookup_with_embedding").join("  ")}`,
    `  embedding alone            ${row("embed").join("  ")}`,
  ].join("\n");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(8);
}
