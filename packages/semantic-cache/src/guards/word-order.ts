import type { Match } from "./alignment.ts";
import { PREPOSITION_CLASS } from "./lexicon/function-words.ts";
import type { ParsedText, Term } from "./parse.ts";

const roleOf = (term: Term): string => (term.role === null ? "" : (PREPOSITION_CLASS.get(term.role) ?? term.role));

/** Nouns, names, adjectives: what a sentence can turn round. Verbs move freely between questions and statements. */
const isNominal = (term: Term): boolean => term.kind !== "word" || term.part !== "v";

/**
 * Whether two matched arguments have changed places: "PDF to Word" and "Word to PDF", "A owes B" and "B owes A".
 * Lists ("A and B"), the passive and fronted phrases change order without changing meaning and do not count.
 */
export function hasChangedOrder(a: ParsedText, b: ParsedText, matches: readonly Match[]): boolean {
  if (a.passive !== b.passive) return false;
  const args = matches.filter((match) => isNominal(match.a) && isNominal(match.b));
  for (const [i, x] of args.entries()) {
    for (const y of args.slice(i + 1)) {
      const inverted = (x.a.at - y.a.at) * (x.b.at - y.b.at) < 0;
      const [xa, ya, xb, yb] = [roleOf(x.a), roleOf(y.a), roleOf(x.b), roleOf(y.b)];
      if (xa !== ya && xa === yb && ya === xb && xa !== xb) return true;
      if (!inverted || xa !== ya || xb !== yb || xa !== xb) continue;
      if (areListed(x.a, y.a, a) || areListed(x.b, y.b, b)) continue;
      if (x.a.clause !== y.a.clause || x.b.clause !== y.b.clause) continue;
      if (Math.abs(x.a.at - y.a.at) > 1 && Math.abs(x.b.at - y.b.at) > 1 && hasBetween(x.a, y.a, a) && hasBetween(x.b, y.b, b)) return true;
    }
  }
  return false;
}

/** Joined by "and" or "or". */
function areListed(x: Term, y: Term, text: ParsedText): boolean {
  const [first, last] = x.at < y.at ? [x, y] : [y, x];
  return text.terms.some((term) => term.coordinated && term.at > first.at && term.at <= last.at);
}

/** A verb, or any word that is not part of one noun phrase, stands between. */
function hasBetween(x: Term, y: Term, text: ParsedText): boolean {
  const [first, last] = x.at < y.at ? [x, y] : [y, x];
  const between = text.terms.filter((term) => term.at > first.at && term.at < last.at).length;
  return last.at - first.at - 1 > between || text.terms.some((term) => term.at > first.at && term.at < last.at && term.part === "v");
}
