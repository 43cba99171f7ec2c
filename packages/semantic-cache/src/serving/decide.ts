import { withTimeout } from "@langthrift/core";
import type { CacheReason } from "../cache-decision.ts";
import type { CacheKey } from "../cache-key.ts";
import type { CacheQuery } from "../cache-query.ts";
import type { CacheEntry, Neighbour } from "../cache-store.ts";
import { isStale, isTooLong } from "./checks.ts";
import { choose } from "./choose.ts";
import type { Engine } from "./engine.ts";
import { stepFailure } from "./guarded-step.ts";
import type { CacheCall, Lookup, LookupWork, Outcome } from "./lookup.ts";
import { prepare } from "./prepare.ts";

/** How many a search looks for, unless the policy wants more. */
export const NEIGHBOURS = 4;

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

/** In shadow mode a hit by meaning becomes an audit, an exact one a plain miss. */
function shadowed(engine: Engine, outcome: Outcome): Outcome {
  if (engine.mode !== "shadow" || outcome.kind === "miss") return outcome;
  engine.counters.shadowHits += 1;
  const { record: _unused, candidate, ...rest } = outcome;
  return { ...rest, kind: "miss", reason: "shadow", ...(candidate && { candidate: { ...candidate, label: "audit" } }) };
}

function stepReason(error: unknown, failed: CacheReason): CacheReason {
  const failure = stepFailure(error);
  return failure === "failed" ? failed : failure;
}
