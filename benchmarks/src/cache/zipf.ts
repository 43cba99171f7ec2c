import { createPriceBook, formatUsd, type NanoUsd } from "@langthrift/core";
import { type EvidenceModel, estimateRight } from "@langthrift/semantic-cache";
import { shuffled } from "../random.ts";
import { boundMetrics, type CurvePoint, metricName } from "./curve.ts";
import { type EvidenceLookup, runEvidenceStream } from "./evidence-stream.ts";
import { type createJudge, readings, type Verdict } from "./judgements.ts";
import { confidences } from "./learned-curve.ts";
import type { Neighbours } from "./neighbours.ts";
import type { LabelledQuery } from "./query-file.ts";
import type { Admits } from "./stream.ts";

export interface ZipfOptions {
  readonly exponent: number;
  readonly requests: number;
  readonly queries: readonly LabelledQuery[];
  readonly neighbours: Neighbours;
  readonly judge: ReturnType<typeof createJudge>;
  readonly admits: Admits;
  /** Fitted before, on half of the texts asked once each. */
  readonly model: EvidenceModel;
  readonly reading: keyof Verdict;
  readonly thresholds: readonly number[];
  readonly random: () => number;
}

/** What an answer of a support chat takes, for the money saved: tokens of prompt and of answer, at the price of a named model. */
const ANSWER = { model: "gpt-4.1", usage: { inputTokens: 400, outputTokens: 200 } };

/** Popular questions asked again and again: the share of the question of rank r is 1 / r^exponent. Thresholds are chosen on every second request. */
export function zipfMetrics(options: ZipfOptions): { metrics: Record<string, number>; text: string } {
  const { queries, neighbours, admits, model, reading, thresholds, requests } = options;
  const sequence = zipfSequence(options);
  const curve = (
    values: readonly number[],
    play: (threshold: number) => EvidenceLookup[],
  ): { choose: CurvePoint[]; report: CurvePoint[] } => {
    const points = values.map((threshold) => pointsOf(play(threshold), threshold, options));
    return { choose: points.map(([first]) => first), report: points.map(([, second]) => second) };
  };
  const cosine = curve(thresholds, (threshold) =>
    runEvidenceStream(sequence, neighbours, queries, {
      admits: () => true,
      answers: false,
      decide: ({ similarity }) => similarity >= threshold,
    }),
  );
  const learned = curve(confidences, (threshold) =>
    runEvidenceStream(sequence, neighbours, queries, {
      admits,
      answers: true,
      decide: (evidence) => estimateRight(model, evidence) >= threshold,
    }),
  );
  const exact = new Set(sequence).size;
  const metrics: Record<string, number> = {
    zipf_exact_hit_rate: 1 - exact / requests,
    ...boundMetrics("zipf_", [learned], reading),
    ...boundMetrics("zipf_cosine_", [cosine], reading),
  };
  const price = createPriceBook().priceOf(ANSWER).nanoUsd ?? 0;
  const name = `zipf_${metricName(reading, 0.01, "hit")}`;
  const savedUsd = (((metrics[name] ?? 0) * requests * price) / 1e9) as number;
  metrics["zipf_saved_usd"] = savedUsd;
  const percent = (share: number | undefined) => `${((share ?? Number.NaN) * 100).toFixed(1)} %`;
  return {
    metrics,
    text: [
      `  ${requests} requests, Zipf ${options.exponent}: ${percent(metrics["zipf_exact_hit_rate"])} ask the very text of an earlier one`,
      `  hits at no more than 1 % ${reading} wrong per hit: learned ${percent(metrics[name])}, cosine alone ${percent(metrics[name.replace("zipf_", "zipf_cosine_")])}`,
      `  saved: ${formatUsd(Math.round(savedUsd * 1e9) as NanoUsd)} of ${formatUsd((price * requests) as NanoUsd)}, at ${ANSWER.usage.inputTokens} + ${ANSWER.usage.outputTokens} tokens an answer of ${ANSWER.model}`,
    ].join("\n"),
  };
}

function zipfSequence({ exponent, requests, queries, random }: ZipfOptions): number[] {
  const byRank = shuffled([...queries.keys()], random);
  const cumulative: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= byRank.length; rank += 1) cumulative.push((total += rank ** -exponent));
  return Array.from({ length: requests }, () => {
    const drawn = random() * total;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] as number) < drawn) low = middle + 1;
      else high = middle;
    }
    return byRank[low] as number;
  });
}

function pointsOf(lookups: readonly EvidenceLookup[], threshold: number, { queries, judge }: ZipfOptions): [CurvePoint, CurvePoint] {
  const points = [0, 1].map(() => ({ threshold, queries: 0, hits: 0, wrong: { raw: 0, lenient: 0, strict: 0 } }));
  for (const [place, { index, other, hit }] of lookups.entries()) {
    const point = points[place % 2] as (typeof points)[number];
    point.queries += 1;
    if (!hit) continue;
    point.hits += 1;
    const verdict = judge(queries[index] as LabelledQuery, queries[other] as LabelledQuery);
    for (const each of readings) if (verdict[each]) point.wrong[each] += 1;
  }
  return points as [CurvePoint, CurvePoint];
}
