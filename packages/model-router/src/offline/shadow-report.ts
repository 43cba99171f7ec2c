import { ratioInterval } from "./resampling.ts";
import { modelsOf } from "./router-row.ts";
import { seededRandom } from "./seeded.ts";
import type { ShadowRow } from "./shadow-row.ts";

/** What a way of choosing would have done on the recorded requests, against what was served; intervals of 95 %, rows resampled. */
export interface ShadowOutcome {
  /** A policy, or `always MODEL`. */
  readonly name: string;
  /** Requests that it decided on; on the others what was served stands. */
  readonly decided: number;
  readonly quality: number;
  /** Mean score less that of what was served. */
  readonly qualityDifference: number;
  readonly qualityDifferenceCi95: readonly [number, number];
  /** Share of the cost of what was served; below 0 where it is dearer. Absent where a row lacks costs. */
  readonly saving?: number;
  readonly savingCi95?: readonly [number, number];
}

/** What the rows of shadow mode say. */
export interface ShadowReport {
  readonly rows: number;
  readonly served: Readonly<Record<string, number>>;
  readonly quality: number;
  readonly outcomes: readonly ShadowOutcome[];
}

/** Options of {@link shadowReport}. */
export interface ShadowReportOptions {
  /** A count, for the intervals. @default 1000 */
  readonly resamples?: number;
  /** @default 1 */
  readonly seed?: number;
}

/** What each policy of the shadow, and each single model, would have saved and lost. Pure. */
export function shadowReport(rows: readonly ShadowRow[], { resamples = 1000, seed = 1 }: ShadowReportOptions = {}): ShadowReport {
  const models = modelsOf(rows);
  const policies = [...new Set(rows.flatMap(({ decisions }) => Object.keys(decisions)))];
  const costed = rows.every(
    ({ costUsd, served }) => costUsd?.[served] !== undefined && models.every((model) => costUsd[model] !== undefined),
  );
  const served: Record<string, number> = {};
  for (const row of rows) served[row.served] = (served[row.served] ?? 0) + 1;
  const outcome = (name: string, choose: (row: ShadowRow) => string | null | undefined): ShadowOutcome => {
    // A policy may name a model that was not recorded: what was served stands there too.
    const chosen = rows.map((row) => choose(row)).map((model, at) => (model && rows[at]!.scores[model] !== undefined ? model : undefined));
    const picks = chosen.map((model, at) => model ?? rows[at]!.served);
    const quality = picks.map((model, at) => rows[at]!.scores[model]!);
    const differences = quality.map((score, at) => score - rows[at]!.scores[rows[at]!.served]!);
    const ones = rows.map(() => 1);
    const costs = costed ? picks.map((model, at) => rows[at]!.costUsd![model] ?? rows[at]!.costUsd![rows[at]!.served]!) : [];
    const paid = costed ? rows.map((row) => row.costUsd![row.served]!) : [];
    const spent = costed && sum(paid) > 0 ? ratioInterval(costs, paid, resamples, seededRandom(seed)) : undefined;
    return {
      name,
      decided: chosen.filter((model) => model !== undefined).length,
      quality: sum(quality) / Math.max(1, rows.length),
      qualityDifference: sum(differences) / Math.max(1, rows.length),
      qualityDifferenceCi95: ratioInterval(differences, ones, resamples, seededRandom(seed)),
      ...(spent && { saving: 1 - sum(costs) / sum(paid), savingCi95: [1 - spent[1], 1 - spent[0]] as const }),
    };
  };
  return {
    rows: rows.length,
    served,
    quality: sum(rows.map((row) => row.scores[row.served]!)) / Math.max(1, rows.length),
    outcomes: [
      ...policies.map((policy) => outcome(policy, ({ decisions }) => decisions[policy])),
      ...models.map((model) => outcome(`always ${model}`, () => model)),
    ],
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
