import { InvalidOptionError } from "@langthrift/core";
import { LRUCache } from "lru-cache";
import type { CacheLabel } from "../cache-store.ts";
import { AuditLog } from "./audit-log.ts";
import { checkFraction } from "./check-fraction.ts";
import type { HitPolicy, PolicyLabel } from "./hit-policy.ts";
import { type Example, features, OnlineEstimate, type OnlineEstimateState } from "./online-estimate.ts";

/** Options of {@link verifiedPolicy}. */
export interface VerifiedPolicyOptions {
  /** Most wrong answers per answer served by meaning. @default 0.02 */
  readonly maxWrongHitRate?: number;
  /** Less similar entries are never candidates: cosine. Depends on the embedding; see `suggestFloor`. @default 0.75 */
  readonly floor?: number;
  /** Share of the would-be hits that go to the model and are judged; only these feed the reported rate. @default 0.02 */
  readonly auditRate?: number;
  /** Standard deviations kept off the estimate. @default 1.64 (95 %, one-sided) */
  readonly caution?: number;
  /** Share of judgements that are themselves wrong, as far as you know: 0 to 0.2. @default 0 */
  readonly judgeErrorRate?: number;
  /** How far under the floor misses still teach, cosine. @default 0.15 */
  readonly labelMargin?: number;
  /** What becomes of an answer that was judged the same as its neighbour's. @default "vector", as neighbours that agree are evidence */
  readonly keepAgreeing?: "exact" | "vector";
}

type EntryExample = Pick<Example, "input" | "correct">;

const ENTRIES_KEPT = 50_000;
const EXAMPLES_PER_ENTRY = 32;
const EFFECTS_KEPT = 5_000;
const POOLS_KEPT = 500;
const NEIGHBOURS = 8;
/**
 * The promise is an average over the hits, most of which are far more certain than the least certain one; that one may be wrong twice as
 * often as the average.
 */
const LEAST_CERTAIN = 2;
const CALIBRATED = "calibrated";

/**
 * Promises that of the answers served by meaning at most `maxWrongHitRate` are wrong, by what it has learned from judged answers: how
 * similarity, rival answers nearby, neighbours that agree, words in common and the entry's own record bear on an answer being right. Serves
 * where the estimate, less a caution for what it does not know, is above the bar; so nothing by meaning until judgements allow it.
 * Deterministic given the labels.
 *
 * Needs right judgements: the default judge only knows equal and close answers; give `SemanticCacheOptions.judge` a model for more, and
 * `judgeErrorRate` how often it errs.
 *
 * @throws {InvalidOptionError} when an option is out of range.
 */
export function verifiedPolicy({
  maxWrongHitRate = 0.02,
  floor = 0.75,
  auditRate = 0.02,
  caution = 1.64,
  judgeErrorRate = 0,
  labelMargin = 0.15,
  keepAgreeing = "vector",
}: VerifiedPolicyOptions = {}): HitPolicy {
  checkFraction("floor", floor);
  checkFraction("auditRate", auditRate);
  checkFraction("labelMargin", labelMargin);
  if (typeof maxWrongHitRate !== "number" || !(maxWrongHitRate > 0 && maxWrongHitRate < 1)) {
    throw new InvalidOptionError(`\`maxWrongHitRate\` is ${maxWrongHitRate}. Pass a share between 0 and 1, for example 0.02.`);
  }
  if (typeof caution !== "number" || !(caution >= 0)) throw new InvalidOptionError(`\`caution\` is ${caution}. Pass 0 or more.`);
  if (typeof judgeErrorRate !== "number" || !(judgeErrorRate >= 0 && judgeErrorRate <= 0.2)) {
    throw new InvalidOptionError(`\`judgeErrorRate\` is ${judgeErrorRate}. Pass a share from 0 to 0.2.`);
  }

  const bar = 1 - Math.min(0.5, LEAST_CERTAIN * maxWrongHitRate);
  const entries = new LRUCache<string, readonly EntryExample[]>({ max: ENTRIES_KEPT });
  const effects = new LRUCache<string, KnownEffect>({ max: EFFECTS_KEPT });
  const pools = new LRUCache<string, OnlineEstimate>({ max: POOLS_KEPT });
  // A judge that errs calls some right answers wrong; the audits may show as many more.
  const audits = new AuditLog(judgeErrorRate + (1 - 2 * judgeErrorRate) * maxWrongHitRate);
  let labels = 0;
  let served = false;

  /** The entry's effect in a pool, kept until either learns more. */
  function effectOf(entryId: string, stored: readonly CacheLabel[], pool: OnlineEstimate): ReturnType<OnlineEstimate["effectOf"]> {
    const own = entries.get(entryId) ?? [];
    // Another process may have judged the entry more often; of its labels only the similarity is known.
    const known =
      stored.length > own.length && own.length < EXAMPLES_PER_ENTRY
        ? stored.map(({ similarity, correct }) => ({ input: features(similarity, undefined, floor), correct }))
        : own;
    const kept = effects.get(entryId);
    if (kept && kept.pool === pool && kept.version === pool.version && kept.labels === known.length && kept.last === known.at(-1)?.input) {
      return kept.effect;
    }
    const effect = pool.effectOf(known);
    effects.set(entryId, { pool, version: pool.version, labels: known.length, last: known.at(-1)?.input, effect });
    return effect;
  }

  function poolFor(group: string): OnlineEstimate {
    let pool = pools.get(group);
    if (!pool) {
      pool = new OnlineEstimate(judgeErrorRate);
      pools.set(group, pool);
    }
    return pool;
  }

  return {
    name: "verified",
    floor,
    labelFloor: Math.max(-1, floor - labelMargin),
    auditRate,
    keepAgreeing,
    neighbours: NEIGHBOURS,
    decide({ partition, family, entryId, similarity, evidence, labels: stored }) {
      if (similarity < floor) return { serve: false, confidence: 0, bar, reason: "below-floor" };
      const pool = [partition, family, CALIBRATED].map((group) => pools.get(group)).find((each) => each?.fitted);
      if (!pool) return { serve: false, confidence: 0, bar, reason: "learning" };
      const confidence = pool.chance(features(similarity, evidence, floor), effectOf(entryId, stored, pool), caution);
      const serve = confidence >= bar;
      if (serve && audits.tripped) return { serve: false, confidence, bar, reason: "tripped" };
      served ||= serve;
      return { serve, confidence, bar, reason: serve ? "confident" : "learning" };
    },
    observe(label: PolicyLabel) {
      labels += 1;
      const { entryId, partition, family, similarity, evidence, correct, source } = label;
      const input = features(similarity, evidence, floor);
      const groups = source === "calibration" ? [CALIBRATED] : new Set([partition, family]);
      for (const group of groups) poolFor(group).add({ entryId, input, correct });
      entries.set(entryId, [...(entries.get(entryId) ?? []), { input, correct }].slice(-EXAMPLES_PER_ENTRY));
      if (source === "audit") audits.add(correct);
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
        pools: [...pools.entries()].reverse().map(([group, pool]) => [group, pool.snapshot()] as const),
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
      effects.clear();
      pools.clear();
      for (const [id, examples] of data.entries) entries.set(id, examples);
      for (const [group, snapshot] of data.pools) poolFor(group).restore(snapshot);
    },
  };
}

interface KnownEffect {
  readonly pool: OnlineEstimate;
  readonly version: number;
  readonly labels: number;
  readonly last: readonly number[] | undefined;
  readonly effect: ReturnType<OnlineEstimate["effectOf"]>;
}

interface VerifiedState {
  readonly floor: number;
  readonly labels: number;
  readonly served: boolean;
  readonly audits: ReturnType<AuditLog["snapshot"]>;
  readonly entries: readonly (readonly [string, readonly EntryExample[]])[];
  readonly pools: readonly (readonly [string, OnlineEstimateState])[];
}
