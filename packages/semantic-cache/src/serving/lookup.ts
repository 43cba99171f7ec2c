import type { RunnableConfig } from "@langchain/core/runnables";
import { withTimeout } from "@langthrift/core";
import type { CacheDecision, CacheKind, CacheReason } from "../cache-decision.ts";
import type { CacheKey } from "../cache-key.ts";
import type { CacheQuery } from "../cache-query.ts";
import type { CacheEntry, Neighbour } from "../cache-store.ts";
import type { EntryRecord } from "../cached-response.ts";
import type { Guard } from "../guards/guard.ts";
import { type CandidateEvidence, gatherEvidence } from "../policy/candidate-evidence.ts";
import { type Agreement, agreementOf, type PolicyCandidate, type PolicyDecision } from "../policy/hit-policy.ts";
import type { Engine } from "./engine.ts";
import { stepFailure } from "./guarded-step.ts";
import { prepare } from "./prepare.ts";

export const NEIGHBOURS = 4;
/** Candidates that miss the bar by less than this are put to the judge. */
const GREY_ZONE = 0.05;

/** What a caller may pass along with a query. */
export interface CacheCall {
  readonly signal?: AbortSignal | undefined;
  /** Callbacks for events and for judges' model calls. */
  readonly config?: RunnableConfig | undefined;
}

/** The neighbour that a lookup decided about, to be judged once the model has answered. */
export interface Candidate {
  readonly entry: CacheEntry;
  readonly record: EntryRecord;
  readonly similarity: number;
  readonly agreement: Agreement;
  readonly evidence: CandidateEvidence;
  /** Whether the guards have seen it. */
  readonly guarded: boolean;
  readonly label: "miss" | "audit" | "refresh" | null;
}

/** Where the time and money of a lookup went. */
export interface LookupWork {
  embedded: boolean;
  embedMs: number;
  judged: boolean;
  judgeMs: number;
}

export interface Lookup {
  readonly decision: CacheDecision;
  readonly work: LookupWork;
  /** Absent on a bypass. */
  readonly key?: CacheKey;
  readonly question?: string;
  readonly record?: EntryRecord;
  readonly candidate?: Candidate;
}

type Outcome = Pick<Lookup, "record" | "candidate"> & {
  readonly kind: CacheKind;
  readonly reason: CacheReason;
  readonly entry?: CacheEntry;
  readonly similarity?: number;
  readonly confidence?: number;
};

/** Decides about one query. Never rejects unless `onError` is "throw". */
export async function decide(engine: Engine, query: CacheQuery, call: CacheCall = {}): Promise<Lookup> {
  const started = engine.clock.monotonic();
  const work: LookupWork = { embedded: false, embedMs: 0, judged: false, judgeMs: 0 };
  const prepared = await prepare(engine, query);
  const finish = (outcome: Outcome): Lookup => {
    const { kind, reason, entry, similarity, confidence, record, candidate } = outcome;
    const latencyMs = engine.clock.monotonic() - started;
    engine.counters.decided(kind, reason, latencyMs);
    const served = record && kind !== "miss" && kind !== "bypass";
    return {
      decision: {
        id: engine.newId(),
        kind,
        reason,
        latencyMs,
        ...(entry && { entry }),
        ...(served && { response: record.response }),
        ...(similarity !== undefined && { similarity }),
        ...(confidence !== undefined && { confidence }),
      },
      work,
      ...(prepared.key && { key: prepared.key, question: prepared.question }),
      ...(record && { record }),
      ...(candidate && { candidate }),
    };
  };
  if (!prepared.key) return finish({ kind: "bypass", reason: `bypass:${prepared.bypass}` });
  const { key, question } = prepared;
  const left = (): number => engine.timeoutMs - (engine.clock.monotonic() - started);

  const exact = await findExact(engine, key, left());
  if (exact) return finish(shadowed(engine, exact));
  const found = await findSimilar(engine, key, question, left, work);
  if ("reason" in found) return finish(found);
  return finish(shadowed(engine, await choose(engine, found, question, key, call, work)));
}

/** The entry of the very question: no embedding, no policy. */
async function findExact(engine: Engine, key: CacheKey, ms: number): Promise<Outcome | null> {
  const { store, storeStep, clock } = engine;
  let entry: CacheEntry | null;
  try {
    entry = await storeStep.run(ms, () => store.get(key.id, clock.now()));
  } catch (error) {
    engine.failed(`store-${stepFailure(error)}`, error);
    return { kind: "miss", reason: stepReason(error, "store-failed") };
  }
  // Ids are hashes of the partition, so this can only be a store's fault; it must not become a leak or another question's answer.
  if (!entry || entry.id !== key.id || entry.partition !== key.partition) return null;
  if (entry.state.blocked) return { kind: "miss", reason: "blocked", entry };
  const record = engine.readRecord(entry);
  if (!record) return { kind: "miss", reason: "unreadable" };
  const stale = isStale(record, clock.now());
  return { kind: stale ? "stale" : "exact", reason: stale ? "hit:stale" : "hit:exact", entry, record };
}

async function findSimilar(
  engine: Engine,
  key: CacheKey,
  question: string,
  left: () => number,
  work: LookupWork,
): Promise<readonly Neighbour[] | Outcome> {
  if (isTooLong(engine, question)) return { kind: "miss", reason: "too-long" };
  const { memo, clock } = engine;
  let vector = memo.known(question);
  if (!vector) {
    // A model that still loads: the first requests wait for it up to the limit, later ones do not.
    if (!memo.warm && memo.busy && memo.slowStart) return { kind: "miss", reason: "timeout" };
    const started = clock.monotonic();
    work.embedded = true;
    try {
      vector = memo.warm
        ? await engine.embedStep.run(left(), () => memo.embed(question))
        : await withTimeout("loading the embedding", Math.max(1, left()), () => memo.embed(question));
    } catch (error) {
      if (!memo.warm && stepFailure(error) === "timeout") memo.slowStart = true;
      engine.failed(`embedding-${stepFailure(error)}`, error);
      return { kind: "miss", reason: error instanceof RangeError ? "bad-vector" : stepReason(error, "embedding-failed") };
    } finally {
      work.embedMs = clock.monotonic() - started;
    }
  }
  const unit = vector;
  try {
    const neighbours = await engine.storeStep.run(left(), () =>
      engine.store.search({ partition: key.partition, vector: unit, k: engine.policy.neighbours ?? NEIGHBOURS, now: clock.now() }),
    );
    return neighbours.filter(({ entry }) => entry.partition === key.partition && entry.expiresAt > clock.now());
  } catch (error) {
    engine.failed(`store-${stepFailure(error)}`, error);
    return { kind: "miss", reason: stepReason(error, "store-failed") };
  }
}

interface Ranked {
  readonly entry: CacheEntry;
  readonly record: EntryRecord;
  readonly similarity: number;
}

/** The nearest neighbour that passes the guards is the candidate; the policy decides about it alone. */
async function choose(
  engine: Engine,
  neighbours: readonly Neighbour[],
  question: string,
  key: CacheKey,
  call: CacheCall,
  work: LookupWork,
): Promise<Outcome> {
  const { policy, guards } = engine;
  const ranked: Ranked[] = [];
  for (const { entry, similarity } of neighbours) {
    const record = entry.state.blocked ? null : engine.readRecord(entry);
    if (record) ranked.push({ entry, record, similarity });
  }
  const nearest = ranked[0];
  if (!nearest) return { kind: "miss", reason: neighbours.length === 0 ? "empty" : "blocked" };

  let refusal: string | null = null;
  for (const each of ranked) {
    const { entry, record, similarity } = each;
    const others = ranked.filter((other) => other !== each).map((other) => ({ similarity: other.similarity, group: other.record.group }));
    const agreement = agreementOf(
      record.group,
      others.slice(0, 2).map(({ group }) => group),
    );
    const evidence = gatherEvidence(question, { similarity, question: record.question, group: record.group }, others);
    if (similarity < policy.floor) {
      const label = policy.labelFloor !== null && similarity >= policy.labelFloor ? "miss" : null;
      // A refused neighbour that is nearer is the better explanation.
      return {
        kind: "miss",
        reason: refusal ? `guard:${refusal}` : "below-floor",
        similarity: nearest.similarity,
        candidate: { ...each, agreement, evidence, guarded: false, label },
      };
    }
    const refused = firstRefusal(guards, question, record.question, similarity);
    if (refused) {
      refusal ??= refused;
      continue;
    }
    const candidate: PolicyCandidate = {
      partition: entry.partition,
      family: key.family,
      entryId: entry.id,
      similarity,
      agreement,
      evidence,
      labels: entry.state.labels,
    };
    return verdict(engine, policy.decide(candidate), { ...each, agreement, evidence, guarded: true }, question, call, work);
  }
  return { kind: "miss", reason: `guard:${refusal ?? "unknown"}`, similarity: nearest.similarity, entry: nearest.entry };
}

async function verdict(
  engine: Engine,
  decision: PolicyDecision,
  found: Omit<Candidate, "label">,
  question: string,
  call: CacheCall,
  work: LookupWork,
): Promise<Outcome> {
  const { policy } = engine;
  const { entry, record, similarity } = found;
  const base = { entry, similarity, confidence: decision.confidence };
  const labelled = policy.labelFloor !== null && similarity >= policy.labelFloor;
  if (decision.serve) {
    if (policy.auditRate > 0 && engine.random() < policy.auditRate) {
      return { ...base, kind: "miss", reason: "audit", candidate: { ...found, label: "audit" } };
    }
    const stale = isStale(record, engine.clock.now());
    return {
      ...base,
      kind: stale ? "stale" : "semantic",
      reason: stale ? "hit:stale" : "hit:semantic",
      record,
      candidate: { ...found, label: stale ? "refresh" : null },
    };
  }
  // What a tripped policy would have served costs nothing to audit: the model answers anyway.
  if (decision.reason === "tripped") return { ...base, kind: "miss", reason: "tripped", candidate: { ...found, label: "audit" } };
  const miss: Outcome = {
    ...base,
    kind: "miss",
    reason: decision.reason === "learning" ? "learning" : "below-floor",
    candidate: { ...found, label: labelled ? "miss" : null },
  };
  const { judge } = engine.options;
  if (!judge || decision.bar - decision.confidence >= GREY_ZONE) return miss;
  const answer = await askJudge(engine, found, question, call, work);
  if (answer !== "same") return { ...miss, reason: `judge:${answer}` };
  if (policy.auditRate > 0 && engine.random() < policy.auditRate)
    return { ...miss, reason: "audit", candidate: { ...found, label: "audit" } };
  return { ...base, kind: "semantic", reason: "hit:judge", record };
}

/** Before the model is called; whatever goes wrong is a miss. */
async function askJudge(
  engine: Engine,
  { record, similarity }: Omit<Candidate, "label">,
  question: string,
  call: CacheCall,
  work: LookupWork,
): Promise<"same" | "different" | "unsure" | "failed"> {
  const { judge } = engine.options;
  const started = engine.clock.monotonic();
  work.judged = true;
  try {
    const pair = {
      question,
      cachedQuestion: record.question,
      cachedAnswer: record.response.text,
      similarity,
      ...(call.config && { config: call.config }),
    };
    const answer = await withTimeout("judging a cached answer", engine.judgeTimeoutMs, async () => judge?.(pair), call.signal);
    return answer === "same" || answer === "different" ? answer : "unsure";
  } catch (error) {
    call.signal?.throwIfAborted();
    engine.failures.note("judge", error);
    return "failed";
  } finally {
    work.judgeMs += engine.clock.monotonic() - started;
  }
}

/** In shadow mode a hit by meaning becomes an audit, an exact one a plain miss. */
function shadowed(engine: Engine, outcome: Outcome): Outcome {
  if (engine.mode !== "shadow" || outcome.kind === "miss") return outcome;
  engine.counters.shadowHits += 1;
  const { record: _unused, candidate, ...rest } = outcome;
  return { ...rest, kind: "miss", reason: "shadow", ...(candidate && { candidate: { ...candidate, label: "audit" } }) };
}

export function firstRefusal(guards: readonly Guard[], a: string, b: string, similarity: number): string | null {
  for (const guard of guards) {
    if (guard.check(a, b, { similarity }) !== null) return guard.name;
  }
  return null;
}

export function isTooLong({ tokenCounter, maxQueryTokens }: Engine, question: string): boolean {
  // Hardly a text has more tokens than characters, so short ones need no count.
  return question.length > maxQueryTokens && tokenCounter.count(question) > maxQueryTokens;
}

export function isStale(record: EntryRecord, now: number): boolean {
  return record.freshUntil !== null && record.freshUntil <= now;
}

function stepReason(error: unknown, failed: CacheReason): CacheReason {
  const failure = stepFailure(error);
  return failure === "failed" ? failed : failure;
}
