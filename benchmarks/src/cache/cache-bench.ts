import { MiniLMEmbeddings } from "@langthrift/embeddings";
import { createGuards, type GuardProfile } from "@langthrift/semantic-cache";
import { type Bench, type BenchOptions, type BenchResult, UsageError } from "../bench.ts";
import { seededRandom, shuffled } from "../random.ts";
import { mean } from "../statistics.ts";
import { chooseAndReport, type CurvePoint, type Per, wrongShare } from "./curve.ts";
import { createJudge, readings, type Verdict } from "./judgements.ts";
import { measureLookups } from "./measure-lookups.ts";
import { findNeighbours, type Neighbours } from "./neighbours.ts";
import { type LabelledQuery, readQueries } from "./query-file.ts";
import { type Admits, runStream } from "./stream.ts";
import { embedAll } from "./vector-cache.ts";

const FLOOR = 0.7;
const ORDERS = 5;
const BOUNDS = [0.01, 0.02, 0.05];
const thresholds = Array.from({ length: 61 }, (_, step) => Math.round((FLOOR + step * 0.005) * 1000) / 1000);
const shown = new Set([0.75, 0.8, 0.84, 0.86, 0.88, 0.9, 0.92, 0.95, 0.98]);

export const cacheBench: Bench = {
  name: "cache",
  summary: "hit rate against wrong hits on labelled questions, guarded and by cosine alone; lookup time",
  options: ["queries", "adjudicated", "guards", "limit", "seed"],
  run: runCacheBench,
};

type Judge = ReturnType<typeof createJudge>;

/** The two halves of the queries, each in every order: thresholds are chosen on one and reported on the other. */
type Curves = readonly [CurvePoint[], CurvePoint[]][];

async function runCacheBench(options: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const profile = guardProfile(options.guards);
  const queries = readQueries(options.queries, options.limit);
  const judge = createJudge(options.adjudicated);
  const embeddings = new MiniLMEmbeddings();
  say(`Embedding ${queries.length} questions`);
  const { vectors, dimension } = await embedAll(
    embeddings,
    queries.map(({ text }) => text),
    say,
  );
  say("Comparing every pair");
  const neighbours = findNeighbours(vectors, dimension, FLOOR);

  const random = seededRandom(options.seed);
  const orders = Array.from({ length: ORDERS }, () => shuffled([...queries.keys()], random));
  const half = new Uint8Array(queries.length);
  for (const [position, index] of shuffled([...queries.keys()], random).entries()) half[index] = position % 2;

  say(`Streaming in ${ORDERS} orders, at ${thresholds.length} thresholds: cosine alone, then with guards (${profile})`);
  const cosine = orders.map((order) => halves(order, neighbours, queries, judge, half));
  const admits = guardedAdmission(queries, profile);
  const guarded = orders.map((order) => halves(order, neighbours, queries, judge, half, admits));

  say("Timing lookups in the real cache");
  const lookups = await measureLookups({ queries, vectors, dimension, embeddings, order: orders[0] as number[], profile });

  const metrics: Record<string, number> = { queries: queries.length };
  const lines: string[] = [];
  for (const [prefix, curves] of [
    ["", guarded],
    ["cosine_", cosine],
  ] as const) {
    lines.push("", prefix === "" ? `Guarded (${profile})` : "Cosine threshold alone", curveTable(curves));
    for (const bound of BOUNDS) {
      for (const reading of options.adjudicated === undefined ? (["raw"] as const) : readings) {
        for (const per of ["query", "hit"] as const) {
          const { hitRate, threshold, wrong } = crossReport(curves, reading, bound, per);
          const name = metricName(reading, bound, per);
          metrics[`${prefix}${name}`] = hitRate;
          metrics[`${prefix}${name}_threshold`] = threshold;
          metrics[`${prefix}${name}_wrong`] = wrong;
        }
      }
    }
  }
  Object.assign(metrics, lookups);
  lines.push("", boundTable(metrics, options.adjudicated !== undefined), "", timeTable(lookups));
  return {
    config: {
      queries: options.queries,
      adjudicated: options.adjudicated ?? null,
      guards: profile,
      seed: options.seed,
      orders: ORDERS,
      embedding: "MiniLM",
      floor: FLOOR,
    },
    metrics,
    text: [
      `${queries.length} questions, ${ORDERS} orders, seed ${options.seed}; thresholds chosen on one half of the questions and reported on the other, both ways.`,
      ...lines,
    ].join("\n"),
  };
}

function guardProfile(value: string | undefined): GuardProfile {
  if (value === undefined) return "standard";
  if (value === "strict" || value === "standard" || value === "off") return value;
  throw new UsageError(`--guards is "${value}". Pass strict, standard or off.`);
}

/** Guards are pure, so each pair is asked once for all orders and thresholds. */
function guardedAdmission(queries: readonly LabelledQuery[], profile: GuardProfile): Admits {
  const guards = createGuards(profile);
  const known = new Map<number, boolean>();
  return (index, other, similarity) => {
    const key = Math.min(index, other) * queries.length + Math.max(index, other);
    let admitted = known.get(key);
    if (admitted === undefined) {
      const a = (queries[index] as LabelledQuery).text;
      const b = (queries[other] as LabelledQuery).text;
      admitted = guards.every((guard) => guard.check(a, b, { similarity }) === null);
      known.set(key, admitted);
    }
    return admitted;
  };
}

function halves(
  order: readonly number[],
  neighbours: Neighbours,
  queries: readonly LabelledQuery[],
  judge: Judge,
  half: Uint8Array,
  admits?: Admits,
): [CurvePoint[], CurvePoint[]] {
  const curves: [CurvePoint[], CurvePoint[]] = [[], []];
  for (const threshold of thresholds) {
    const hits = runStream(order, neighbours, threshold, admits);
    const points = [0, 1].map(() => ({ queries: 0, hits: 0, wrong: { raw: 0, lenient: 0, strict: 0 } }));
    for (const [index, other] of hits.entries()) {
      const point = points[half[index] as number] as (typeof points)[number];
      point.queries += 1;
      if (other === -1) continue;
      point.hits += 1;
      const verdict = judge(queries[index] as LabelledQuery, queries[other] as LabelledQuery);
      for (const reading of readings) if (verdict[reading]) point.wrong[reading] += 1;
    }
    for (const side of [0, 1] as const) curves[side].push({ threshold, ...(points[side] as (typeof points)[number]) });
  }
  return curves;
}

/** The mean over orders and over both directions of choosing and reporting. */
function crossReport(
  curves: Curves,
  reading: keyof Verdict,
  bound: number,
  per: Per,
): { hitRate: number; threshold: number; wrong: number } {
  const rates: number[] = [];
  const chosen: number[] = [];
  const wrongs: number[] = [];
  for (const [first, second] of curves) {
    for (const [choose, report] of [
      [first, second],
      [second, first],
    ] as const) {
      const point = chooseAndReport(choose, report, reading, bound, per);
      rates.push(point ? point.hits / point.queries : 0);
      chosen.push(point?.threshold ?? 1);
      wrongs.push(point ? wrongShare(point, reading, per) : 0);
    }
  }
  return { hitRate: mean(rates), threshold: mean(chosen), wrong: mean(wrongs) };
}

/** Judged by labels, figures are usual per query; adjudicated, per hit. The usual one of a judged reading has no ending. */
function metricName(reading: keyof Verdict, bound: number, per: Per): string {
  const base = `hit_at_${Math.round(bound * 100)}pct_${reading}`;
  return reading !== "raw" && per === "hit" ? base : `${base}_per_${per}`;
}

function curveTable(curves: Curves): string {
  const rows = ["  threshold   hits   wrong per query: raw / lenient / strict"];
  for (const [index, threshold] of thresholds.entries()) {
    if (!shown.has(threshold)) continue;
    const points = curves.flatMap(([first, second]) => [first[index] as CurvePoint, second[index] as CurvePoint]);
    const total = points.reduce((sum, point) => sum + point.queries, 0);
    const share = (count: (point: CurvePoint) => number) => percent(points.reduce((sum, point) => sum + count(point), 0) / total);
    rows.push(
      `  ${threshold.toFixed(3)}     ${share((point) => point.hits)}   ${readings.map((reading) => share((point) => point.wrong[reading])).join("  ")}`,
    );
  }
  return rows.join("\n");
}

function boundTable(metrics: Readonly<Record<string, number>>, adjudicated: boolean): string {
  const rows = ["  hits at a bound on wrong hits                 guarded   cosine"];
  for (const per of ["query", "hit"] as const) {
    for (const reading of adjudicated ? readings : (["raw"] as const)) {
      for (const bound of BOUNDS) {
        const name = metricName(reading, bound, per);
        rows.push(
          `  ${`${percent(bound)} ${reading}, per ${per}`.padEnd(44)}  ${percent(metrics[name] ?? 0)}   ${percent(metrics[`cosine_${name}`] ?? 0)}`,
        );
      }
    }
  }
  return rows.join("\n");
}

function timeTable(lookups: Readonly<Record<string, number>>): string {
  const row = (name: string) => `${(lookups[name] ?? Number.NaN).toFixed(3)} ms`;
  return [
    `  lookup without embedding  p50 ${row("lookup_p50_ms")}  p95 ${row("lookup_p95_ms")}  p99 ${row("lookup_p99_ms")}`,
    `  lookup with embedding     p50 ${row("lookup_with_embedding_p50_ms")}  p95 ${row("lookup_with_embedding_p95_ms")}  p99 ${row("lookup_with_embedding_p99_ms")}`,
    `  embedding alone           p50 ${row("embed_p50_ms")}`,
  ].join("\n");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(7);
}
