import type { Alignment } from "./alignment.ts";
import { areAntonyms } from "./antonyms.ts";
import type { ParsedText, Term } from "./parse.ts";

export interface Polarity {
  /** Pairs of leftovers that are opposites. */
  readonly antonyms: readonly (readonly [Term, Term])[];
  readonly negationDiffers: boolean;
  /** `antonyms`, `negation` or `null`: judged together, because "not open" is "closed". */
  readonly conflict: "antonyms" | "negation" | null;
}

/** The negated side says more, and what it negates is part of that: "My card is stuck. It does not work." */
function isAside(negated: ParsedText, other: ParsedText, { matches }: Alignment, isA: boolean): boolean {
  if (negated.sentences <= other.sentences) return false;
  return !matches.some((match) => (isA ? match.a : match.b).negated);
}

/** Compares negation and opposites by parity. `turned`: the arguments have changed places ("A is older than B", "B is younger than A"). */
export function comparePolarity(a: ParsedText, b: ParsedText, alignment: Alignment, turned: boolean): Polarity {
  const antonyms: (readonly [Term, Term])[] = [];
  const used = new Set<Term>();
  for (const x of alignment.leftA) {
    for (const y of alignment.leftB) {
      if (used.has(x) || used.has(y) || !areAntonyms(x.lemma, y.lemma)) continue;
      used.add(x);
      used.add(y);
      antonyms.push([x, y]);
    }
  }
  const negationDiffers = a.negated !== b.negated;
  let conflict: Polarity["conflict"] = null;
  // One opposite is undone by one negation or by turned arguments; two opposites are two differences.
  if (antonyms.length === 1) conflict = negationDiffers !== turned ? null : "antonyms";
  else if (antonyms.length > 1) conflict = "antonyms";
  else if (negationDiffers && !isAside(a.negated ? a : b, a.negated ? b : a, alignment, a.negated)) conflict = "negation";
  return { antonyms, negationDiffers, conflict };
}
