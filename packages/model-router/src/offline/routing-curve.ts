/** Quality when the requests with the highest scores go to the strong model, over the share that does. */
export interface RoutingCurve {
  /** Share of strong calls, 0 to 1 in even steps, and the mean quality there. */
  readonly points: readonly { readonly strongShare: number; readonly quality: number }[];
  /** Area under the recovered performance gap over the strong share, trapezoid, 10 equal bins. Random routing has 0.5; may exceed 1. */
  readonly apgr: number;
  /** Strong share at the first crossing of half, and of 80 % of the gap; 1 when it is never reached. */
  readonly cpt50: number;
  readonly cpt80: number;
}

/** Scores and results of the same requests, in the same order. */
export interface CurveInput {
  /** Higher goes to the strong model first. Equal scores are taken in random order, in expectation. */
  readonly scores: readonly number[];
  readonly weak: readonly number[];
  readonly strong: readonly number[];
}

/** The cost–quality curve of a two-model router. @see RouteLLM, arXiv 2406.18665, for PGR, APGR and CPT. */
export function routingCurve({ scores, weak, strong }: CurveInput): RoutingCurve {
  const count = scores.length;
  const quality = cumulativeQuality(scores, weak, strong);
  const low = quality[0] ?? 0;
  const gap = (quality[count] ?? 0) - low;
  const at = (share: number) => interpolate(quality, share * count);
  const pgr = (value: number) => (gap === 0 ? 0 : (value - low) / gap);
  const points = Array.from({ length: 11 }, (_, bin) => ({ strongShare: bin / 10, quality: at(bin / 10) }));
  let apgr = 0;
  for (let bin = 0; bin < 10; bin += 1) apgr += (pgr(points[bin]!.quality) + pgr(points[bin + 1]!.quality)) / 20;
  const crossing = (level: number) => {
    for (let index = 0; index <= count; index += 1) if (pgr(quality[index]!) >= level - 1e-12) return count === 0 ? 1 : index / count;
    return 1;
  };
  return { points, apgr, cpt50: crossing(0.5), cpt80: crossing(0.8) };
}

/** Mean quality with the first `i` rows by score at the strong model, i from 0 to n. */
function cumulativeQuality(scores: readonly number[], weak: readonly number[], strong: readonly number[]): Float64Array {
  const count = scores.length;
  const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const quality = new Float64Array(count + 1);
  let sum = 0;
  for (const value of weak) sum += value;
  quality[0] = count === 0 ? 0 : sum / count;
  for (let start = 0; start < count;) {
    let end = start;
    let gain = 0;
    while (end < count && scores[order[end]!] === scores[order[start]!]) {
      gain += strong[order[end]!]! - weak[order[end]!]!;
      end += 1;
    }
    // Within a tie every order is as likely: the gain accrues evenly.
    for (let at = start; at < end; at += 1) quality[at + 1] = (sum + (gain * (at + 1 - start)) / (end - start)) / count;
    sum += gain;
    start = end;
  }
  return quality;
}

function interpolate(values: Float64Array, position: number): number {
  const below = Math.floor(position + 1e-9);
  const above = Math.min(values.length - 1, below + 1);
  const part = Math.max(0, position - below);
  return values[below]! * (1 - part) + values[above]! * part;
}
