import { MiniLMEmbeddings } from "@langthrift/embeddings";
import { verifiedPolicy } from "@langthrift/semantic-cache";
import type { Bench, BenchOptions, BenchResult } from "../bench.ts";
import { guardedAdmission, guardProfile } from "../cache/guarded-admission.ts";
import { createJudge } from "../cache/judgements.ts";
import { findNeighbours } from "../cache/neighbours.ts";
import { type LabelledQuery, readQueries } from "../cache/query-file.ts";
import { runStream } from "../cache/stream.ts";
import { embedAll } from "../cache/vector-cache.ts";
import { seededRandom, shuffled } from "../random.ts";
import { percentile } from "../statistics.ts";
import { runVerifiedStream } from "./verified-stream.ts";

const SEEDS = 20;
const TARGETS = [0.01, 0.02, 0.05];
const JUDGE_ERRORS = [0, 0.05];
const FLOOR = 0.6;
const thresholds = Array.from({ length: 50 }, (_, step) => 0.75 + step * 0.005);

export const cacheVerifiedBench: Bench = {
  name: "cache-verified",
  summary:
    "whether the verified policy keeps its bound on wrong hits, with a judge that is right always or 95 % of the time, over 20 seeds",
  options: ["queries", "adjudicated", "guards", "limit", "seed"],
  run: runCacheVerifiedBench,
};

async function runCacheVerifiedBench(options: BenchOptions, say: (text: string) => void): Promise<BenchResult> {
  const profile = guardProfile(options.guards);
  const queries = readQueries(options.queries, options.limit);
  const judge = createJudge(options.adjudicated);
  const reading = options.adjudicated === undefined ? "raw" : "strict";
  const right = (index: number, other: number) => !judge(queries[index] as LabelledQuery, queries[other] as LabelledQuery)[reading];
  say(`Embedding ${queries.length} questions`);
  const { vectors, dimension } = await embedAll(
    new MiniLMEmbeddings(),
    queries.map(({ text }) => text),
    say,
  );
  say("Comparing every pair");
  const neighbours = findNeighbours(vectors, dimension, FLOOR);
  const admits = guardedAdmission(queries, profile);

  const metrics: Record<string, number> = { seeds: SEEDS, queries: queries.length };
  const rows = [
    "  judge right   bound   held in   wrong per hit: median, worst   hits: median   against the best fixed threshold: median, worst",
  ];
  let heldInAll = SEEDS;
  let worstRatio = Infinity;
  for (const judgeErrors of JUDGE_ERRORS) {
    for (const maxWrongHitRate of TARGETS) {
      say(`  judge right ${percent(1 - judgeErrors)}, bound ${percent(maxWrongHitRate)}`);
      const runs = Array.from({ length: SEEDS }, (_, seed) => {
        const random = seededRandom(options.seed * 1000 + seed);
        const order = shuffled([...queries.keys()], random);
        const policy = verifiedPolicy({ maxWrongHitRate, judgeErrorRate: judgeErrors });
        const ours = runVerifiedStream({ order, neighbours, queries, admits, policy, right, judgeErrors, random });
        const wrongRate = ours.hits === 0 ? 0 : ours.wrong / ours.hits;
        return { hitRate: ours.hits / queries.length, wrongRate, ratio: ours.hits / bestFixed(order, wrongRate) };
      });
      const held = runs.filter(({ wrongRate }) => wrongRate <= maxWrongHitRate).length;
      const wrongRates = runs.map(({ wrongRate }) => wrongRate);
      const hitRates = runs.map(({ hitRate }) => hitRate);
      const ratios = runs.map(({ ratio }) => ratio);
      const name = `${Math.round(maxWrongHitRate * 100)}pct_judge_${Math.round((1 - judgeErrors) * 100)}`;
      metrics[`bound_held_seeds_${name}`] = held;
      metrics[`wrong_per_hit_median_${name}`] = percentile(wrongRates, 0.5);
      metrics[`wrong_per_hit_worst_${name}`] = Math.max(...wrongRates);
      metrics[`hit_rate_median_${name}`] = percentile(hitRates, 0.5);
      metrics[`hit_rate_vs_best_fixed_${name}`] = percentile(ratios, 0.5);
      heldInAll = Math.min(heldInAll, held);
      worstRatio = Math.min(worstRatio, percentile(ratios, 0.5));
      rows.push(
        `  ${percent(1 - judgeErrors)}      ${percent(maxWrongHitRate)}   ${String(held).padStart(3)}/${SEEDS}    ${percent(percentile(wrongRates, 0.5))}  ${percent(Math.max(...wrongRates))}                ${percent(percentile(hitRates, 0.5))}      ${percentile(ratios, 0.5).toFixed(2)}  ${Math.min(...ratios).toFixed(2)}`,
      );
    }
  }
  metrics["bound_held_seeds"] = heldInAll;
  metrics["hit_rate_vs_best_fixed"] = worstRatio;
  return {
    config: {
      queries: options.queries,
      adjudicated: options.adjudicated ?? null,
      reading,
      guards: profile,
      seed: options.seed,
      embedding: "MiniLM",
    },
    metrics,
    text: [
      `${queries.length} questions, ${SEEDS} orders; wrong is judged ${reading === "raw" ? "by label" : "strictly, with people's verdicts"}; guards: ${profile}. The policy is told how often its judge errs.`,
      "",
      ...rows,
    ].join("\n"),
  };

  /** Hits of the best fixed threshold whose wrong hits are no more per hit than ours, chosen with hindsight on the very order; at least 1. */
  function bestFixed(order: readonly number[], wrongRate: number): number {
    let best = 1;
    for (const threshold of thresholds) {
      let hits = 0;
      let wrong = 0;
      for (const [index, other] of runStream(order, neighbours, threshold, admits).entries()) {
        if (other === -1) continue;
        hits += 1;
        if (!right(index, other)) wrong += 1;
      }
      if (hits > best && wrong <= wrongRate * hits) best = hits;
    }
    return best;
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(7);
}
