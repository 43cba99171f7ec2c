import { type CandidateEvidence, gatherEvidence } from "@langthrift/semantic-cache";
import type { Neighbours } from "./neighbours.ts";
import type { LabelledQuery } from "./query-file.ts";
import type { Admits } from "./stream.ts";

/** How many stored neighbours a lookup sees. */
const NEIGHBOURS = 8;

/** One lookup of a stream. */
export interface EvidenceLookup {
  readonly index: number;
  /** The nearest stored text that passes the guards, itself where it was asked before, or -1. */
  readonly other: number;
  readonly evidence: CandidateEvidence | null;
  readonly hit: boolean;
}

/**
 * Streams the texts in order, some of them perhaps again and again; `decide` says whether the candidate is served. With `answers` the cache knows which of its entries hold the
 * same answer (here: the same label); without, it takes each for an answer of its own.
 */
export function runEvidenceStream(
  order: readonly number[],
  neighbours: Neighbours,
  queries: readonly LabelledQuery[],
  options: { readonly admits: Admits; readonly answers: boolean; readonly decide: (evidence: CandidateEvidence) => boolean },
): EvidenceLookup[] {
  const { offsets, indices, similarities } = neighbours;
  const stored = new Uint8Array(queries.length);
  const groupOf = (index: number) => (options.answers ? (queries[index] as LabelledQuery).label : String(index));
  return order.map((index) => {
    // The same text as before: the exact path, without evidence.
    if (stored[index] === 1) return { index, other: index, evidence: null, hit: true };
    const near: { index: number; similarity: number; group: string }[] = [];
    const end = offsets[index + 1] as number;
    for (let at = offsets[index] as number; at < end && near.length < NEIGHBOURS; at += 1) {
      const other = indices[at] as number;
      if (stored[other] === 1) near.push({ index: other, similarity: similarities[at] as number, group: groupOf(other) });
    }
    const candidate = near.find((each) => options.admits(index, each.index, each.similarity));
    if (!candidate) {
      stored[index] = 1;
      return { index, other: -1, evidence: null, hit: false };
    }
    const evidence = gatherEvidence(
      (queries[index] as LabelledQuery).text,
      { ...candidate, question: (queries[candidate.index] as LabelledQuery).text },
      near.filter((each) => each !== candidate),
    );
    const hit = options.decide(evidence);
    if (!hit) stored[index] = 1;
    return { index, other: candidate.index, evidence, hit };
  });
}
