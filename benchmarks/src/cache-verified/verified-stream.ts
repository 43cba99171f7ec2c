import { agreementOf, type CacheLabel, gatherEvidence, type HitPolicy } from "@langthrift/semantic-cache";
import type { Neighbours } from "../cache/neighbours.ts";
import type { LabelledQuery } from "../cache/query-file.ts";
import type { Admits } from "../cache/stream.ts";

export interface VerifiedStreamOptions {
  readonly order: readonly number[];
  readonly neighbours: Neighbours;
  readonly queries: readonly LabelledQuery[];
  readonly admits: Admits;
  readonly policy: HitPolicy;
  /** Whether one text's answer serves another: the truth that wrong hits are counted by. */
  readonly right: (index: number, other: number) => boolean;
  /** Share of the judgements that are turned round. */
  readonly judgeErrors: number;
  readonly random: () => number;
}

export interface VerifiedStreamResult {
  readonly hits: number;
  readonly wrong: number;
  readonly audits: number;
}

const KEPT_LABELS = 64;
const PARTITION = { partition: "bench", family: "bench" };

/** Streams the texts through a policy that learns from judgements, as the cache does: of misses that were near, and of audited hits. */
export function runVerifiedStream({
  order,
  neighbours,
  queries,
  admits,
  policy,
  right,
  judgeErrors,
  random,
}: VerifiedStreamOptions): VerifiedStreamResult {
  const { offsets, indices, similarities } = neighbours;
  const group = new Int32Array(order.length).fill(-1);
  const labels = new Map<number, CacheLabel[]>();
  const text = (index: number) => (queries[index] as LabelledQuery).text;
  const wanted = policy.neighbours ?? 4;
  let hits = 0;
  let wrong = 0;
  let audits = 0;
  for (const [at, index] of order.entries()) {
    const near: { index: number; similarity: number; group: string }[] = [];
    const end = offsets[index + 1] as number;
    for (let place = offsets[index] as number; place < end && near.length < wanted; place += 1) {
      const other = indices[place] as number;
      if (group[other] !== -1) near.push({ index: other, similarity: similarities[place] as number, group: String(group[other]) });
    }
    const found = near.find((each) => each.similarity >= (policy.labelFloor ?? policy.floor) && admits(index, each.index, each.similarity));
    // A new answer is a group of its own until it is judged the same as its neighbour's.
    group[index] = index;
    if (!found) continue;
    const others = near.filter((each) => each !== found);
    const agreement = agreementOf(
      found.group,
      others.slice(0, 2).map((each) => each.group),
    );
    const candidate = {
      ...PARTITION,
      entryId: String(found.index),
      similarity: found.similarity,
      agreement,
      evidence: gatherEvidence(text(index), { ...found, question: text(found.index) }, others),
      labels: labels.get(found.index) ?? [],
    };
    const serve = found.similarity >= policy.floor && policy.decide(candidate).serve;
    const audited = serve && random() < policy.auditRate;
    if (serve && !audited) {
      hits += 1;
      if (!right(index, found.index)) wrong += 1;
      group[index] = -1;
      continue;
    }
    if (audited) audits += 1;
    if (!audited && policy.labelFloor === null) continue;
    const correct = right(index, found.index) !== random() < judgeErrors;
    const label: CacheLabel = { similarity: found.similarity, correct, source: audited ? "audit" : "miss", at, agreement };
    policy.observe({ ...candidate, ...label });
    labels.set(found.index, [...(labels.get(found.index) ?? []), label].slice(-KEPT_LABELS));
    if (correct) group[index] = group[found.index] as number;
  }
  return { hits, wrong, audits };
}
