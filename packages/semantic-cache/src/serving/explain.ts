import { stableHash } from "@langthrift/core";
import type { LRUCache } from "lru-cache";
import type { CacheKind, CacheReason } from "../cache-decision.ts";
import type { CacheQuery } from "../cache-query.ts";
import type { CacheEntry } from "../cache-store.ts";
import { gatherEvidence } from "../policy/candidate-evidence.ts";
import { agreementOf, type PolicyDecision } from "../policy/hit-policy.ts";
import { isTooLong } from "./checks.ts";
import { NEIGHBOURS } from "./decide.ts";
import type { Engine } from "./engine.ts";

import { prepare } from "./prepare.ts";

/** An entry that a lookup would look at, and why it is served or not. */
export interface NearMiss {
  readonly entryId: string;
  readonly question: string | null;
  readonly similarity: number;
  readonly blocked: boolean;
  /** The guard that refuses it, with its reason; `null` when all pass. */
  readonly guard: string | null;
  readonly policy: PolicyDecision;
  /** Judgements on it, a count. */
  readonly labels: number;
  readonly expiresAt: number;
}

/** Everything a lookup would look at. */
export interface CacheExplanation {
  readonly kind: CacheKind;
  readonly reason: CacheReason;
  readonly id?: string;
  readonly partition?: string;
  readonly question?: string;
  /** Each part of the key that must be equal: its hash, or the value itself where it is a short text. */
  readonly keyParts: Readonly<Record<string, string>>;
  readonly exact: boolean;
  /** The nearest entries of the partition, closest first. */
  readonly neighbours: readonly NearMiss[];
  /** Partitions that answers were stored in lately, of the same scope, and the key parts in which they differ; the fewest first. */
  readonly otherPartitions: readonly { readonly partition: string; readonly differsIn: readonly string[] }[];
}

type SeenParts = LRUCache<string, Readonly<Record<string, unknown>>>;

export async function explainQuery(engine: Engine, query: CacheQuery, seen: SeenParts): Promise<CacheExplanation> {
  const prepared = await prepare(engine, query);
  if (!prepared.key) {
    return { kind: "bypass", reason: `bypass:${prepared.bypass}`, keyParts: {}, exact: false, neighbours: [], otherPartitions: [] };
  }
  const { key, question } = prepared;
  const { store, clock, guards, policy } = engine;
  const common = {
    id: key.id,
    partition: key.partition,
    question,
    keyParts: describe(key.parts),
    otherPartitions: differences(key.partition, key.parts, seen),
  };
  const entry = await store.get(key.id, clock.now());
  const readable = entry && !entry.state.blocked && engine.readRecord(entry) !== null;
  if (readable) return { ...common, kind: "exact", reason: "hit:exact", exact: true, neighbours: [] };
  if (isTooLong(engine, question)) return { ...common, kind: "miss", reason: "too-long", exact: false, neighbours: [] };
  const vector = await engine.memo.embed(question);
  const found = await store.search({ partition: key.partition, vector, k: policy.neighbours ?? NEIGHBOURS, now: clock.now() });
  const groupOf = (each: CacheEntry): string => engine.readRecord(each)?.group ?? each.id;
  const neighbours = found.map(({ entry: near, similarity }): NearMiss => {
    const record = engine.readRecord(near);
    const others = found
      .filter((other) => other.entry !== near)
      .map((other) => ({ similarity: other.similarity, group: groupOf(other.entry) }));
    let guard: string | null = null;
    for (const each of guards) {
      const refused = record ? each.check(question, record.question, { similarity }) : null;
      if (refused === null) continue;
      guard = `${each.name}: ${refused}`;
      break;
    }
    return {
      entryId: near.id,
      question: record?.question ?? null,
      similarity,
      blocked: near.state.blocked === true,
      guard,
      policy: policy.decide({
        partition: key.partition,
        family: key.family,
        entryId: near.id,
        similarity,
        agreement: agreementOf(
          groupOf(near),
          others.slice(0, 2).map(({ group }) => group),
        ),
        evidence: gatherEvidence(question, { similarity, question: record?.question ?? "", group: groupOf(near) }, others),
        labels: near.state.labels,
      }),
      labels: near.state.labels.length,
      expiresAt: near.expiresAt,
    };
  });
  const candidate = neighbours.find((each) => !each.blocked && (each.guard === null || each.similarity < policy.floor));
  if (candidate?.policy.serve && candidate.guard === null) {
    return { ...common, kind: "semantic", reason: "hit:semantic", exact: false, neighbours };
  }
  const reason = missReason(candidate, neighbours);
  return { ...common, kind: "miss", reason, exact: false, neighbours };
}

function missReason(candidate: NearMiss | undefined, neighbours: readonly NearMiss[]): CacheReason {
  const refused = neighbours.find((each) => each.guard !== null && !each.blocked);
  const first = neighbours[0];
  if (!first) return "empty";
  if (neighbours.every((each) => each.blocked)) return "blocked";
  if (refused && (!candidate || refused.similarity > candidate.similarity)) return `guard:${refused.guard?.split(":")[0] ?? "unknown"}`;
  const reason = candidate?.policy.reason;
  return reason === "learning" || reason === "tripped" ? reason : "below-floor";
}

function describe(parts: Readonly<Record<string, unknown>>): Record<string, string> {
  const described: Record<string, string> = {};
  for (const [name, value] of Object.entries(parts)) {
    if (value === undefined) continue;
    described[name] = typeof value === "string" && value.length <= 64 ? value : stableHash(value).slice(0, 16);
  }
  return described;
}

function differences(
  partition: string,
  parts: Readonly<Record<string, unknown>>,
  seen: SeenParts,
): { partition: string; differsIn: readonly string[] }[] {
  const own = describe(parts);
  const result: { partition: string; differsIn: readonly string[] }[] = [];
  for (const [other, otherParts] of seen.entries()) {
    // What another scope asks is not for this one to see.
    if (other === partition || otherParts["scope"] !== parts["scope"]) continue;
    const theirs = describe(otherParts);
    const names = new Set([...Object.keys(own), ...Object.keys(theirs)]);
    result.push({ partition: other, differsIn: [...names].filter((name) => own[name] !== theirs[name]) });
  }
  return result.sort((a, b) => a.differsIn.length - b.differsIn.length).slice(0, 5);
}
