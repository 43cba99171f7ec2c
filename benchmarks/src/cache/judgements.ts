import { readJsonLines } from "../read-json-lines.ts";
import type { LabelledQuery } from "./query-file.ts";

/** How wrong it is to answer one question with the other's answer. */
export interface Verdict {
  /** The labels differ. */
  readonly raw: boolean;
  /** Judged different; borderline is right. */
  readonly lenient: boolean;
  /** Judged different or borderline. */
  readonly strict: boolean;
}

export const readings = ["raw", "lenient", "strict"] as const satisfies readonly (keyof Verdict)[];

interface AdjudicatedPair {
  readonly a: string;
  readonly b: string;
  readonly judgement: "same" | "borderline" | "different";
}

const right: Verdict = { raw: false, lenient: false, strict: false };

/** Judges pairs by label, and by people's verdicts where a file of them is given; pairs not in it fall back to the labels. */
export function createJudge(adjudicated: string | undefined): (a: LabelledQuery, b: LabelledQuery) => Verdict {
  const judgements = new Map<string, AdjudicatedPair["judgement"]>();
  if (adjudicated !== undefined) {
    const pairs = readJsonLines<AdjudicatedPair>(adjudicated, ({ a, b, judgement }) =>
      typeof a === "string" && typeof b === "string" && ["same", "borderline", "different"].includes(judgement as string)
        ? undefined
        : "has no `a`, `b` and `judgement` (same, borderline or different)",
    );
    for (const { a, b, judgement } of pairs) judgements.set(key(a, b), judgement);
  }
  return (a, b) => {
    if (a.label === b.label) return right;
    const judgement = judgements.get(key(a.text, b.text)) ?? "different";
    return { raw: true, lenient: judgement === "different", strict: judgement !== "same" };
  };
}

function key(a: string, b: string): string {
  return a < b ? `${a}\n${b}` : `${b}\n${a}`;
}
