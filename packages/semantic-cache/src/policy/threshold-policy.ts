import { InvalidOptionError } from "@langthrift/core";
import { AuditLog } from "./audit-log.ts";
import { checkFraction } from "./check-fraction.ts";
import type { HitPolicy, PolicyState } from "./hit-policy.ts";

/** Options of {@link thresholdPolicy}. */
export interface ThresholdPolicyOptions {
  /**
   * Least cosine that is served, 0 to 1. It does not transfer between embeddings or subjects: 0.88 is a cautious value for MiniLM; use
   * `suggestFloor` and your own log for others. 0 serves whatever is nearest and passes the guards.
   */
  readonly minSimilarity: number;
  /**
   * From here up to `minSimilarity`, at most 0.05 below it, a judge given to the cache decides. A cosine. @default minSimilarity: no
   * judge is asked
   */
  readonly floor?: number;
  /** Share of the hits that go to the model all the same and are judged, so that `stats()` shows a measured rate. @default 0 */
  readonly auditRate?: number;
  /** Audited rate above which (95 %, one-sided) only exact hits are served. @default none */
  readonly maxWrongHitRate?: number;
}

/**
 * Serves the nearest entry that passes the guards from a fixed similarity on. Works from the first entry, promises nothing.
 *
 * @throws {InvalidOptionError} when an option is out of range.
 */
export function thresholdPolicy({
  minSimilarity,
  floor = minSimilarity,
  auditRate = 0,
  maxWrongHitRate,
}: ThresholdPolicyOptions): HitPolicy {
  checkFraction("minSimilarity", minSimilarity);
  checkFraction("floor", floor);
  if (floor > minSimilarity) {
    throw new InvalidOptionError(`\`floor\` is ${floor}. Pass a cosine no higher than \`minSimilarity\`, ${minSimilarity}.`);
  }
  checkFraction("auditRate", auditRate);
  if (maxWrongHitRate !== undefined) checkFraction("maxWrongHitRate", maxWrongHitRate);
  const audits = new AuditLog(maxWrongHitRate ?? null);
  let labels = 0;
  return {
    name: "threshold",
    floor,
    labelFloor: null,
    auditRate,
    keepAgreeing: "vector",
    decide({ similarity }) {
      const decision = { confidence: similarity, bar: minSimilarity };
      if (similarity < minSimilarity) return { ...decision, serve: false, reason: "below-floor" };
      return audits.tripped ? { ...decision, serve: false, reason: "tripped" } : { ...decision, serve: true, reason: "confident" };
    },
    observe(label) {
      labels += 1;
      if (label.source === "audit") audits.add(label.correct);
    },
    status: () => ({ phase: audits.phase(false), audit: audits.report(), labels }),
    snapshot: () => ({ version: 1, policy: "threshold", data: { audits: audits.snapshot(), labels } }),
    restore(state: PolicyState) {
      if (state.version !== 1 || state.policy !== "threshold") {
        throw new InvalidOptionError(
          `This is the state of "${state.policy}" version ${state.version}. Pass what thresholdPolicy's snapshot() returned.`,
        );
      }
      const data = state.data as { audits: ReturnType<AuditLog["snapshot"]>; labels: number };
      audits.restore(data.audits);
      labels = data.labels;
    },
  };
}
