import { editDistance } from "./edit-distance.ts";
import { words } from "./lexicon/words.ts";
import type { ParsedText, Term } from "./parse.ts";
import { unitOf } from "./units.ts";
import { areListedSynonyms } from "./synonyms.ts";

/** Why two terms were taken for the same. */
type MatchKind = "same" | "family" | "typo" | "listed" | "dictionary" | "compound";

export interface Match {
  readonly a: Term;
  readonly b: Term;
  readonly kind: MatchKind;
}

export interface Alignment {
  readonly matches: readonly Match[];
  /** Quantities, dates and pronouns that stand on both sides: of use for order only, their values are compared elsewhere. */
  readonly fixed: readonly Match[];
  /** Terms without a partner: words, names and codes. */
  readonly leftA: readonly Term[];
  readonly leftB: readonly Term[];
  /** Pronouns without a partner. */
  readonly personsA: readonly Term[];
  readonly personsB: readonly Term[];
}

const stem = (word: string): string =>
  word.replace(
    /(?:ization|isation|ation|ition|ement|ments?|ally|able|ible|ance|ence|ness|ities|ity|ions?|ives?|ers?|ors?|ing|ed|al|ly|ful|ic|e|y)$/,
    "",
  );

/** Forms of one stem: listed by the dictionary, or alike but for a common ending. */
function areFamily(a: string, b: string): boolean {
  if (words().areFamily(a, b)) return true;
  if (a.length < 4 || b.length < 4 || a.slice(0, 4) !== b.slice(0, 4)) return false;
  const [x, y] = [stem(a), stem(b)];
  return x.length >= 4 && x === y;
}

/** A slip of the pen: near in spelling, and one of the two is no word. */
function isTypo(a: Term, b: Term): boolean {
  // A short and a long form of a name: Postgres, PostgreSQL.
  if (!a.known && !b.known && Math.min(a.lemma.length, b.lemma.length) >= 5 && (a.lemma.startsWith(b.lemma) || b.lemma.startsWith(a.lemma)))
    return a.kind !== "code" && b.kind !== "code";
  if (a.known === b.known || a.kind === "code" || b.kind === "code") return false;
  const length = Math.min(a.lemma.length, b.lemma.length);
  if (length < 4 || /[^\p{L}]/u.test(a.lemma + b.lemma)) return false;
  const limit = length >= 8 ? 2 : 1;
  return editDistance(a.lemma, b.lemma, limit) <= limit;
}

const isSameUnit = (a: string, b: string): boolean => {
  const unit = unitOf(a, false);
  return unit !== undefined && unit.name === unitOf(b, false)?.name;
};

const TESTS: readonly (readonly [MatchKind, (a: Term, b: Term) => boolean])[] = [
  ["same", (a, b) => a.lemma === b.lemma || isSameUnit(a.lemma, b.lemma)],
  ["family", (a, b) => areFamily(a.lemma, b.lemma)],
  ["typo", isTypo],
  ["listed", (a, b) => areListedSynonyms(a.lemma, b.lemma)],
  ["dictionary", (a, b) => words().areSynonyms(a.lemma, b.lemma)],
];

/** Pairs off the terms of two texts, surest reason first; among equals the nearest in order. Symmetric but for the order of the result. */
export function align(a: ParsedText, b: ParsedText): Alignment {
  let leftA = a.terms.filter(isCompared);
  let leftB = b.terms.filter(isCompared);
  const matches: Match[] = [];
  for (const [kind, test] of TESTS) {
    if (leftA.length === 0 || leftB.length === 0) break;
    const candidates: { x: Term; y: Term; gap: number }[] = [];
    for (const x of leftA) {
      for (const y of leftB) {
        if (test(x, y)) candidates.push({ x, y, gap: Math.abs(x.at / Math.max(1, a.terms.length) - y.at / Math.max(1, b.terms.length)) });
      }
    }
    // Ties broken by place only, so that swapping the sides gives the same pairs.
    candidates.sort((p, q) => p.gap - q.gap || p.x.at + p.y.at - (q.x.at + q.y.at));
    const used = new Set<Term>();
    for (const { x, y } of candidates) {
      if (used.has(x) || used.has(y)) continue;
      used.add(x);
      used.add(y);
      matches.push({ a: x, b: y, kind });
    }
    leftA = leftA.filter((term) => !used.has(term));
    leftB = leftB.filter((term) => !used.has(term));
  }
  const used = new Set<Term>([...compounds(leftA, leftB, matches, false), ...compounds(leftB, leftA, matches, true)]);
  const fixed: Match[] = [];
  const restA = a.terms.filter((term) => !isCompared(term));
  const restB = b.terms.filter((term) => !isCompared(term));
  // Where a pronoun stands twice, its roles tell which is which.
  for (const sameRole of [true, false]) {
    for (const term of restA.slice()) {
      const at = restB.findIndex(
        (other) => other.kind === term.kind && other.lemma === term.lemma && (!sameRole || other.role === term.role),
      );
      const other = restB[at];
      if (other === undefined) continue;
      fixed.push({ a: term, b: other, kind: "same" });
      restB.splice(at, 1);
      restA.splice(restA.indexOf(term), 1);
    }
  }
  const isPerson = (term: Term): boolean => term.kind === "person";
  return {
    matches,
    fixed,
    leftA: leftA.filter((term) => !used.has(term)),
    leftB: leftB.filter((term) => !used.has(term)),
    personsA: restA.filter(isPerson),
    personsB: restB.filter(isPerson),
  };
}

function isCompared(term: Term): boolean {
  return term.kind === "word" || term.kind === "name" || term.kind === "code";
}

/** "Database" and "data base"; "ATM" and "automated teller machine". */
function compounds(singles: readonly Term[], parts: readonly Term[], matches: Match[], swapped: boolean): Term[] {
  const used: Term[] = [];
  for (const single of singles) {
    for (let i = 0; i < parts.length; i += 1) {
      let joined = "";
      let initials = "";
      for (let j = i; j < Math.min(parts.length, i + 5); j += 1) {
        joined += parts[j]?.lemma ?? "";
        initials += parts[j]?.lemma[0] ?? "";
        const isAcronym = !single.known && single.lemma.length >= 2 && initials === single.lemma;
        if (j > i && (joined === single.lemma || isAcronym)) {
          const first = parts[i];
          if (first === undefined) continue;
          matches.push(swapped ? { a: first, b: single, kind: "compound" } : { a: single, b: first, kind: "compound" });
          used.push(single, ...parts.slice(i, j + 1));
        }
      }
    }
  }
  return used;
}
