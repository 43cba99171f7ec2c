import { InvalidOptionError } from "@langthrift/core";
import { AuditLog } from "./audit-log.ts";
import { checkFraction } from "./check-fraction.ts";
import { type EvidenceModel, estimateRight } from "./evidence-model.ts";
import type { HitPolicy, PolicyState } from "./hit-policy.ts";

/** Options of {@link evidencePolicy}. */
export interface EvidencePolicyOptions {
  /** Learned from your own log: `learnFromLog`, or `fitEvidenceModel`. */
  readonly model: EvidenceModel;
  /** Least estimated chance of being right that is served, 0 to 1. `learnFromLog` finds the one for a rate of wrong hits. */
  readonly minConfidence: number;
  /** Candidates less similar are not looked at: cosine. @default 0.7 */
  readonly floor?: number;
  /** Share of the hits that go to the model all the same and are judged. @default 0.02 */
  readonly auditRate?: number;
  /** Audited rate above which (95 %, one-sided) only exact hits are served. @default none */
  readonly maxWrongHitRate?: number;
}

/** Neighbours that the evidence is gathered from. */
const NEIGHBOURS = 8;

/**
 * Serves a candidate when what is known of it speaks for it: similarity, the nearest neighbour with another answer, neighbours with the
 * same one, words in common. Needs a labelled log, works from the first entry, and gains most where several questions share an answer.
 *
 * @throws {InvalidOptionError} when an option is out of range or the model is of another version.
 */
export function evidencePolicy({ model, minConfidence, floor = 0.7, auditRate = 0.02, maxWrongHitRate }: EvidencePolicyOptions): HitPolicy {
  checkFraction("minConfidence", minConfidence);
  checkFraction("floor", floor);
  checkFraction("auditRate", auditRate);
  if (maxWrongHitRate !== undefined) checkFraction("maxWrongHitRate", maxWrongHitRate);
  if (model.version !== 1) {
    throw new InvalidOptionError(`\`model\` has version ${String(model.version)}. Fit it again with this release: it reads version 1.`);
  }
  const audits = new AuditLog(maxWrongHitRate ?? null);
  let labels = 0;
  return {
    name: "evidence",
    floor,
    labelFloor: null,
    auditRate,
    keepAgreeing: "vector",
    neighbours: NEIGHBOURS,
    decide({ evidence }) {
      // Without evidence (a store or a replay that has none) nothing speaks for the candidate.
      const confidence = evidence ? estimateRight(model, evidence) : 0;
      const decision = { confidence, bar: minConfidence };
      if (confidence < minConfidence) return { ...decision, serve: false, reason: "below-floor" };
      return audits.tripped ? { ...decision, serve: false, reason: "tripped" } : { ...decision, serve: true, reason: "confident" };
    },
    observe(label) {
      labels += 1;
      if (label.source === "audit") audits.add(label.correct);
    },
    status: () => ({ phase: audits.phase(false), audit: audits.report(), labels }),
    snapshot: () => ({ version: 1, policy: "evidence", data: { audits: audits.snapshot(), labels } }),
    restore(state: PolicyState) {
      if (state.version !== 1 || state.policy !== "evidence") {
        throw new InvalidOptionError(
          `This is the state of "${state.policy}" version ${state.version}. Pass what evidencePolicy's snapshot() returned.`,
        );
      }
      const data = state.data as { audits: ReturnType<AuditLog["snapshot"]>; labels: number };
      audits.restore(data.audits);
      labels = data.labels;
    },
  };
}
