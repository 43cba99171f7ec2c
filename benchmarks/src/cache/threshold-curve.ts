import type { CurvePoint } from "./curve.ts";
import { type createJudge, readings } from "./judgements.ts";
import type { Neighbours } from "./neighbours.ts";
import type { LabelledQuery } from "./query-file.ts";
import { type Admits, runStream } from "./stream.ts";

export interface ThresholdCurveOptions {
  readonly order: readonly number[];
  readonly neighbours: Neighbours;
  readonly queries: readonly LabelledQuery[];
  readonly judge: ReturnType<typeof createJudge>;
  readonly half: Uint8Array;
  readonly thresholds: readonly number[];
  readonly admits?: Admits;
}

/** Streams all texts at each threshold of similarity; a curve for each half of the texts. */
export function thresholdCurve({
  order,
  neighbours,
  queries,
  judge,
  half,
  thresholds,
  admits,
}: ThresholdCurveOptions): [CurvePoint[], CurvePoint[]] {
  const curves: [CurvePoint[], CurvePoint[]] = [[], []];
  for (const threshold of thresholds) {
    const hits = runStream(order, neighbours, threshold, admits);
    const points = [0, 1].map(() => ({ threshold, queries: 0, hits: 0, wrong: { raw: 0, lenient: 0, strict: 0 } }));
    for (const [index, other] of hits.entries()) {
      const point = points[half[index] as number] as (typeof points)[number];
      point.queries += 1;
      if (other === -1) continue;
      point.hits += 1;
      const verdict = judge(queries[index] as LabelledQuery, queries[other] as LabelledQuery);
      for (const reading of readings) if (verdict[reading]) point.wrong[reading] += 1;
    }
    for (const side of [0, 1] as const) curves[side].push(points[side] as CurvePoint);
  }
  return curves;
}
