import { withTimeout } from "@langthrift/core";
import type { CacheKey } from "../cache-key.ts";
import type { CacheEntry, Neighbour } from "../cache-store.ts";
import type { EntryRecord } from "../cached-response.ts";
import { gatherEvidence } from "../policy/candidate-evidence.ts";
import { agreementOf, type PolicyCandidate, type PolicyDecision } from "../policy/hit-policy.ts";
import { firstRefusal, isStale } from "./checks.ts";
import type { Engine } from "./engine.ts";
import type { CacheCall, Candidate, LookupWork, Outcome } from "./lookup.ts";

/** Candidates that miss the bar by less than this are put to the judge. */
const GREY_ZONE = 0.05;

interface Ranked {
  readonly entry: CacheEntry;
  readonly record: EntryRecord;
  readonly similarity: number;
}

/** The nearest neighbour that passes the guards is the candidate; the policy decides about it alone. */
export async function choose(
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
