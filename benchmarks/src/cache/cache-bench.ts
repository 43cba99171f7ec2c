import { MiniLMEmbeddings } from "@langthrift/embeddings";
import type { Bench, BenchOptions, BenchResult } from "../bench.ts";
import { seededRandom, shuffled } from "../random.ts";
import { boundTable, curveTable, timeTable } from "./cache-tables.ts";
import { BOUNDS, boundMetrics, type CrossCurves } from "./curve.ts";
import { guardedAdmission, guardProfile } from "./guarded-admission.ts";
import { createJudge, readings, type Verdict } from "./judgements.ts";
import { learnedCurve, learnModel } from "./learned-curve.ts";
import { measureLookups } from "./measure-lookups.ts";
import { findNeighbours } from "./neighbours.ts";
import { readQueries } from "./query-file.ts";
import { thresholdCurve } from "./threshold-curve.ts";
import { embedAll } from "./vector-cache.ts";
import { zipfMetrics } from "./zipf.ts";

const FLOOR = 0.7;
const ORDERS = 5;
const thresholds = Array.from({ length: 61 }, (_, step) => Math.round((FLOOR + step * 0.005) * 1000) / 1000);

export const cacheBench: Bench = {
  name: "cache",
  summary: "hit rate against wrong hits on labelled questions: learned, guarded and cosine alone; lookup time",
  options: ["queries", "adjudicated", "guards", "zipf", "requests", "limit", "seed"],
  run: runCacheBench,
};

async function runCacheBench(options: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const profile = guardProfile(options.guards);
  const queries = readQueries(options.queries, options.limit);
  const judge = createJudge(options.adjudicated);
  const judged: readonly (keyof Verdict)[] = options.adjudicated === undefined ? ["raw"] : readings;
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
  const admits = guardedAdmission(queries, profile);
  const shared = { neighbours, queries, judge, half };

  say(`Streaming in ${ORDERS} orders: a cosine threshold alone, with guards (${profile}), and learned`);
  const cosine = bothWays(orders.map((order) => thresholdCurve({ ...shared, order, thresholds })));
  const guarded = bothWays(orders.map((order) => thresholdCurve({ ...shared, order, thresholds, admits })));
  const metrics: Record<string, number> = { queries: queries.length };
  for (const reading of judged) {
    const learn = (answers: boolean): CrossCurves =>
      orders.flatMap((order) =>
        ([0, 1] as const).map((learnFrom) => {
          // With the guards and without, as `learnFromLog` does: where a threshold is chosen, so is whether the guards are worth their refusals.
          const tried = profile === "off" ? [() => true] : [admits, () => true];
          const curves = tried.map((admission) => learnedCurve({ ...shared, order, learnFrom, reading, admits: admission, answers }));
          return {
            choose: curves.flatMap((curve) => curve[learnFrom]),
            report: curves.flatMap((curve) => curve[1 - learnFrom] as (typeof curve)[0]),
          };
        }),
      );
    Object.assign(
      metrics,
      boundMetrics("", learn(true), reading),
      boundMetrics("text_only_", learn(false), reading),
      boundMetrics("guarded_", guarded, reading),
      boundMetrics("cosine_", cosine, reading),
    );
  }
  let zipfText = "";
  if (options.zipf !== undefined) {
    say(`Streaming popular questions again and again (Zipf ${options.zipf})`);
    const reading = judged.at(-1) as keyof Verdict;
    const model = learnModel({ ...shared, order: orders[0] as number[], learnFrom: 0, reading, admits, answers: true });
    const { exponent, requests } = { exponent: options.zipf, requests: options.requests ?? 20_000 };
    const zipf = zipfMetrics({ ...shared, exponent, requests, admits, model, reading, thresholds, random });
    Object.assign(metrics, zipf.metrics);
    zipfText = zipf.text;
  }
  say("Timing lookups in the real cache");
  const lookups = await measureLookups({ queries, vectors, dimension, embeddings, order: orders[0] as number[], profile });
  Object.assign(metrics, lookups);

  return {
    config: {
      queries: options.queries,
      adjudicated: options.adjudicated ?? null,
      guards: profile,
      seed: options.seed,
      orders: ORDERS,
      embedding: "MiniLM",
      floor: FLOOR,
      bounds: BOUNDS,
    },
    metrics,
    text: [
      `${queries.length} questions, ${ORDERS} orders, seed ${options.seed}. Models and thresholds are chosen on one half of the questions and reported on the other, both ways.`,
      "learned: a model of the evidence (neighbours and their answers, words in common), behind the guards where the half that thresholds are chosen on has more hits with them; text only: the same without knowing which entries hold the same answer.",
      "",
      boundTable(metrics, judged),
      ...(zipfText === "" ? [] : ["", zipfText]),
      "",
      "Cosine threshold alone",
      curveTable(cosine),
      "",
      `Cosine threshold with guards (${profile})`,
      curveTable(guarded),
      "",
      timeTable(lookups),
    ].join("\n"),
  };
}

function bothWays(curves: ReturnType<typeof thresholdCurve>[]): CrossCurves {
  return curves.flatMap(([first, second]) => [
    { choose: first, report: second },
    { choose: second, report: first },
  ]);
}
