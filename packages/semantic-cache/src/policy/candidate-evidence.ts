/** What speaks for and against serving a candidate, beside its similarity. Plain numbers, so that it can be logged and learned from. */
export interface CandidateEvidence {
  /** Cosine of question and candidate. */
  readonly similarity: number;
  /** Cosine of the nearest neighbour that holds another answer than the candidate; `null` when none was found. */
  readonly rival: number | null;
  /** Cosine of the nearest neighbour after the candidate, whatever it holds; `null` when there is none. */
  readonly next: number | null;
  /** How many of the `followers` hold the candidate's answer. */
  readonly agreeing: number;
  /** Neighbours after the candidate that were looked at, 3 at most. */
  readonly followers: number;
  /** Share of the words of both questions that stand in both (Jaccard), 0 to 1. */
  readonly overlap: number;
  /** Words of the shorter and of the longer question. */
  readonly shorter: number;
  readonly longer: number;
}

/** A neighbour as evidence needs it, closest first in its list. */
export interface EvidenceNeighbour {
  readonly similarity: number;
  /** Neighbours of one group hold the same answer. */
  readonly group: string;
}

const FOLLOWERS = 3;

/** Gathers the evidence on one candidate. `others` are the neighbours without the candidate, closest first. */
export function gatherEvidence(
  question: string,
  candidate: EvidenceNeighbour & { readonly question: string },
  others: readonly EvidenceNeighbour[],
): CandidateEvidence {
  const followers = others.slice(0, FOLLOWERS);
  const rival = others.find(({ group }) => group !== candidate.group);
  const ours = words(question);
  const theirs = words(candidate.question);
  let shared = 0;
  for (const word of ours) if (theirs.has(word)) shared += 1;
  const union = ours.size + theirs.size - shared;
  return {
    similarity: candidate.similarity,
    rival: rival?.similarity ?? null,
    next: others[0]?.similarity ?? null,
    agreeing: followers.filter(({ group }) => group === candidate.group).length,
    followers: followers.length,
    overlap: union === 0 ? 1 : shared / union,
    shorter: Math.min(ours.size, theirs.size),
    longer: Math.max(ours.size, theirs.size),
  };
}

function words(text: string): Set<string> {
  return new Set(
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  );
}
