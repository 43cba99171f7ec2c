import { type EvidenceModel, estimateRight, fitEvidenceModel } from "@langthrift/semantic-cache";
import type { CurvePoint } from "./curve.ts";
import { type EvidenceLookup, runEvidenceStream } from "./evidence-stream.ts";
import { type createJudge, readings, type Verdict } from "./judgements.ts";
import type { Neighbours } from "./neighbours.ts";
import type { LabelledQuery } from "./query-file.ts";
import type { Admits } from "./stream.ts";

/** Least chances of being right at which a candidate is served: the learned policy's thresholds. */
export const confidences = [0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.993, 0.996, 0.998];
/** Where the first examples come from, before there is a model. */
const FIRST_SIMILARITY = 0.89;
const REFITS = 2;

export interface LearnedCurveOptions {
  readonly order: readonly number[];
  readonly neighbours: Neighbours;
  readonly queries: readonly LabelledQuery[];
  readonly judge: ReturnType<typeof createJudge>;
  readonly half: Uint8Array;
  /** Which half's judgements the model learns from. */
  readonly learnFrom: 0 | 1;
  /** What counts as wrong while learning. */
  readonly reading: keyof Verdict;
  readonly admits: Admits;
  readonly answers: boolean;
}

/** Learns on one half of the texts what makes a candidate right. */
export function learnModel(options: LearnedCurveOptions): EvidenceModel {
  const { order, neighbours, queries, admits, answers } = options;
  const stream = { admits, answers };
  let model = fit(
    runEvidenceStream(order, neighbours, queries, { ...stream, decide: ({ similarity }) => similarity >= FIRST_SIMILARITY }),
    options,
  );
  // What is stored depends on what is served, so the model learns again from streams of its own.
  for (let round = 0; round < REFITS; round += 1) {
    const current = model;
    model = fit(
      runEvidenceStream(order, neighbours, queries, { ...stream, decide: (evidence) => estimateRight(current, evidence) >= 0.97 }),
      options,
    );
  }
  return model;
}

/** Learns on one half of the texts, then streams all of them at each confidence; a curve for each half. */
export function learnedCurve(options: LearnedCurveOptions): [CurvePoint[], CurvePoint[]] {
  const { order, neighbours, queries, admits, answers } = options;
  const stream = { admits, answers };
  const model = learnModel(options);
  const curves: [CurvePoint[], CurvePoint[]] = [[], []];
  for (const threshold of confidences) {
    const lookups = runEvidenceStream(order, neighbours, queries, {
      ...stream,
      decide: (evidence) => estimateRight(model, evidence) >= threshold,
    });
    for (const side of [0, 1] as const) curves[side].push(pointOf(lookups, side, threshold, options));
  }
  return curves;
}

function fit(lookups: readonly EvidenceLookup[], { queries, judge, half, learnFrom, reading }: LearnedCurveOptions): EvidenceModel {
  const examples = lookups.flatMap(({ index, other, evidence }) =>
    evidence && half[index] === learnFrom
      ? [{ evidence, right: !judge(queries[index] as LabelledQuery, queries[other] as LabelledQuery)[reading] }]
      : [],
  );
  return fitEvidenceModel(examples);
}

function pointOf(
  lookups: readonly EvidenceLookup[],
  side: 0 | 1,
  threshold: number,
  { queries, judge, half }: LearnedCurveOptions,
): CurvePoint {
  const point = { threshold, queries: 0, hits: 0, wrong: { raw: 0, lenient: 0, strict: 0 } };
  for (const { index, other, hit } of lookups) {
    if (half[index] !== side) continue;
    point.queries += 1;
    if (!hit) continue;
    point.hits += 1;
    const verdict = judge(queries[index] as LabelledQuery, queries[other] as LabelledQuery);
    for (const reading of readings) if (verdict[reading]) point.wrong[reading] += 1;
  }
  return point;
}
