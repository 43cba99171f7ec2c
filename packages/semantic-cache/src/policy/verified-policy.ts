import { InvalidOptionError } from "@langthrift/core";
import { LRUCache } from "lru-cache";
import type { CacheLabel } from "../cache-store.ts";
import { AuditLog } from "./audit-log.ts";
import { checkFraction } from "./check-fraction.ts";
import type { Agreement, HitPolicy, PolicyLabel } from "./hit-policy.ts";
import { LikelihoodGrid } from "./likelihood-grid.ts";
import { PooledPrior, type PriorState } from "./pooled-prior.ts";

export interface VerifiedPolicyOptions {
  /** Most wrong answers per answer served by meaning. @default 0.02 */
  readonly maxWrongHitRate?: number;
  /** Less similar entries are never candidates: cosine. Depends on the embedding; see `suggestFloor`. @default 0.75 */
  readonly floor?: number;
  /** Share of the would-be hits that go to the model and are judged; only these feed the reported rate. @default 0.02 */
  readonly auditRate?: number;
  /** Standard deviations kept off the estimate. @default 0.25 */
  readonly caution?: number;
  /** How far under the floor misses still teach, cosine. @default 0.15 */
  readonly labelMargin?: number;
  /**
   * What becomes of an answer that was judged the same as its neighbour's: found by its exact question only, so that judgements gather
   * on few entries, or with a vector of its own. @default "exact"
   */
  readonly keepAgreeing?: "exact" | "vector";
}

type SeenLabel = Pick<PolicyLabel, "similarity" | "correct"> & { readonly agreement: Agreement };

/** An entry's latest labels: those from number `from` to `to`, excluded. */
interface EntryLabels {
  readonly labels: readonly SeenLabel[];
  readonly from: number;
  readonly to: number;
}

interface Posterior {
  readonly source: string;
  readonly version: number;
  readonly from: number;
  readonly to: number;
  readonly weights: Float64Array;
}

const noLabels: EntryLabels = { labels: [], from: 0, to: 0 };

const LABELS_KEPT = 64;
const ENTRIES_KEPT = 50_000;
const PRIORS_KEPT = 2_000;
const POSTERIORS_KEPT = 1_000;
/** Labels of `calibrate()`: the start of partitions whose own family has taught nothing yet. */
export const CALIBRATED = "calibrated";

/**
 * Promises that of the answers served by meaning at most `maxWrongHitRate` are wrong, by what it has learned: how an entry's answer
 * stops fitting as questions get less similar, estimated per entry from judgements on it and on entries like it, and served only where
 * the estimate, less a caution, is above the bar. Serves nothing by meaning until judgements allow it. Deterministic given the labels.
 *
 * Needs right judgements: the default judge only knows equal and close answers; give `SemanticCacheOptions.judge` a model for more.
 *
 * @throws {InvalidOptionError} when an option is out of range.
 */
export function verifiedPolicy({
  maxWrongHitRate = 0.02,
  floor = 0.75,
  auditRate = 0.02,
  caution = 0.25,
  labelMargin = 0.15,
  keepAgreeing = "exact",
}: VerifiedPolicyOptions = {}): HitPolicy {
  checkFraction("floor", floor);
  checkFraction("auditRate", auditRate);
  checkFraction("labelMargin", labelMargin);
  if (typeof maxWrongHitRate !== "number" || !(maxWrongHitRate > 0 && maxWrongHitRate < 1)) {
    throw new InvalidOptionError(`\`maxWrongHitRate\` is ${maxWrongHitRate}. Pass a share between 0 and 1, for example 0.02.`);
  }
  if (typeof caution !== "number" || !(caution >= 0)) throw new InvalidOptionError(`\`caution\` is ${caution}. Pass 0 or more.`);

  const bar = 1 - maxWrongHitRate;
  const grid = new LikelihoodGrid(floor);
  const uniform = grid.uniform();
  const entries = new LRUCache<string, EntryLabels>({ max: ENTRIES_KEPT });
  const priors = new LRUCache<string, PooledPrior>({ max: PRIORS_KEPT });
  const posteriors = new LRUCache<string, Posterior>({ max: POSTERIORS_KEPT });
  const audits = new AuditLog(maxWrongHitRate);
  let labels = 0;
  let served = false;

  function priorFor(partition: string, family: string, agreement: Agreement): { source: string; version: number; weights: Float64Array } {
    for (const group of [partition, family, CALIBRATED]) {
      const source = `${group}/${agreement}`;
      const prior = priors.get(source);
      if (prior?.fitted) return { source, version: prior.version, weights: prior.weights };
    }
    return { source: "", version: 0, weights: uniform };
  }

  /** The prior weighed by the entry's labels of this agreement; kept up label by label, because a decision has no time for sixty. */
  function posteriorFor(entryId: string, agreement: Agreement, known: EntryLabels, prior: ReturnType<typeof priorFor>): Float64Array {
    const key = `${entryId}/${agreement}`;
    const kept = posteriors.get(key);
    const fits = kept && kept.source === prior.source && kept.version === prior.version && kept.from === known.from && kept.to <= known.to;
    if (fits && kept.to === known.to) return kept.weights;
    const fresh = known.labels
      .slice(fits ? known.labels.length - (known.to - kept.to) : 0)
      .filter((label) => label.agreement === agreement);
    if (!fits && fresh.length === 0) return prior.weights;
    const weights = fits ? kept.weights : prior.weights.slice();
    for (const { similarity, correct } of fresh) grid.update(weights, similarity, correct);
    posteriors.set(key, { source: prior.source, version: prior.version, from: known.from, to: known.to, weights });
    return weights;
  }

  function addTo(group: string, label: PolicyLabel): void {
    const key = `${group}/${label.agreement}`;
    let prior = priors.get(key);
    if (!prior) {
      prior = new PooledPrior(grid);
      priors.set(key, prior);
    }
    prior.add(label.entryId, label);
  }

  return {
    name: "verified",
    floor,
    labelFloor: Math.max(-1, floor - labelMargin),
    auditRate,
    keepAgreeing,
    decide({ partition, family, entryId, similarity, agreement, labels: stored }) {
      if (similarity < floor) return { serve: false, confidence: 0, bar, reason: "below-floor" };
      const own = entries.get(entryId) ?? noLabels;
      // Another process may have judged the entry more often.
      const known = stored.length > own.labels.length ? fromStore(stored) : own;
      const prior = priorFor(partition, family, agreement);
      const { mean, deviation } = grid.moments(posteriorFor(entryId, agreement, known, prior), similarity);
      const confidence = mean - caution * deviation;
      if (audits.tripped) return { serve: false, confidence, bar, reason: confidence >= bar ? "tripped" : "learning" };
      const serve = confidence >= bar;
      served ||= serve;
      return { serve, confidence, bar, reason: serve ? "confident" : "learning" };
    },
    observe(label) {
      labels += 1;
      const own = entries.get(label.entryId) ?? noLabels;
      const added = { similarity: label.similarity, correct: label.correct, agreement: label.agreement };
      // Forgetting one at a time would need the whole posterior anew at each label, so a quarter goes at once.
      const kept = own.labels.length < LABELS_KEPT ? own.labels : own.labels.slice(LABELS_KEPT / 4);
      entries.set(label.entryId, { labels: [...kept, added], from: own.to - kept.length, to: own.to + 1 });
      if (label.source === "calibration") {
        addTo(CALIBRATED, label);
      } else {
        addTo(label.partition, label);
        if (label.family !== label.partition) addTo(label.family, label);
      }
      if (label.source === "audit") audits.add(label.correct);
    },
    status: () => ({ phase: audits.phase(!served), audit: audits.report(), labels }),
    snapshot: () => ({
      version: 1,
      policy: "verified",
      data: {
        floor,
        labels,
        served,
        audits: audits.snapshot(),
        // Oldest first, so that restoring keeps the order of use.
        entries: [...entries.entries()].reverse(),
        priors: [...priors.entries()].reverse().map(([key, prior]) => [key, prior.snapshot()]),
      } satisfies VerifiedState,
    }),
    restore(state) {
      const data = state.data as VerifiedState;
      if (state.version !== 1 || state.policy !== "verified" || data.floor !== floor) {
        throw new InvalidOptionError(
          `This is the state of "${state.policy}" version ${state.version}, floor ${data?.floor}. Pass what a verifiedPolicy with floor ${floor} returned from snapshot().`,
        );
      }
      labels = data.labels;
      served = data.served;
      audits.restore(data.audits);
      entries.clear();
      priors.clear();
      posteriors.clear();
      for (const [id, known] of data.entries) entries.set(id, known);
      for (const [key, snapshot] of data.priors) {
        const prior = new PooledPrior(grid);
        prior.restore(snapshot as PriorState);
        priors.set(key as string, prior);
      }
    },
  };
}

function fromStore(labels: readonly CacheLabel[]): EntryLabels {
  // Numbered by the time of the last, so that a longer list of the same entry is not taken for a known one.
  const to = labels.length + (labels.at(-1)?.at ?? 0);
  return { labels: labels.map((label) => ({ ...label, agreement: label.agreement ?? "few" })), from: to - labels.length, to };
}

interface VerifiedState {
  readonly floor: number;
  readonly labels: number;
  readonly served: boolean;
  readonly audits: ReturnType<AuditLog["snapshot"]>;
  readonly entries: readonly (readonly [string, EntryLabels])[];
  readonly priors: readonly (readonly (string | PriorState)[])[];
}
