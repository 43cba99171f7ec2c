import type { Alignment, Match } from "./alignment.ts";
import { PREPOSITION_CLASS } from "./lexicon/function-words.ts";
import { words } from "./lexicon/words.ts";
import type { ParsedText, Term } from "./parse.ts";

const roleOf = (term: Term): string => (term.role === null ? "" : (PREPOSITION_CLASS.get(term.role) ?? term.role));
const linkOf = (term: Term): string => term.link ?? "";

/** Nouns, names, adjectives, pronouns: what a sentence can turn round. Verbs move freely between questions and statements. */
const isNominal = (term: Term): boolean => term.kind !== "word" || term.part !== "v";
const isVerb = (term: Term): boolean => term.kind === "word" && (term.part === "v" || (term.inflected && words().canBe(term.lemma, "v")));
const isPlainNoun = (term: Term): boolean => term.kind === "word" && term.part === "n";

/** The two sides of a pair of matches: how `x` and `y` stand to each other in one text. */
interface Sides {
  readonly x: Term;
  readonly y: Term;
  readonly text: ParsedText;
}

/**
 * Whether two matched terms have changed places: "PDF to Word" and "Word to PDF", "A owes B" and "B owes A", "peel before
 * washing" and "wash before peeling". Lists ("A and B"), the passive and fronted phrases change order without changing meaning
 * and do not count.
 */
export function hasChangedOrder(a: ParsedText, b: ParsedText, alignment: Alignment): boolean {
  const matches = [...alignment.matches, ...alignment.fixed];
  for (const [i, x] of matches.entries()) {
    for (const y of matches.slice(i + 1)) {
      if (isTurned({ x: x.a, y: y.a, text: a }, { x: x.b, y: y.b, text: b })) return true;
    }
  }
  return (
    hasMovedAgent(a, b, matches) ||
    hasMovedAgent(
      b,
      a,
      matches.map(({ a, b, kind }): Match => ({ a: b, b: a, kind })),
    )
  );
}

function isTurned(first: Sides, second: Sides): boolean {
  if (first.x.kind === "date" && first.y.kind === "date") return false;
  const steps = first.text.sequence && second.text.sequence;
  if (!steps && (isListed(first) || isListed(second))) return false;
  if (isExchanged(linkOf, first, second)) return true;
  const nominal = [first.x, first.y, second.x, second.y].every(isNominal);
  if (first.text.passive !== second.text.passive) return false;
  if (nominal && isExchanged(roleOf, first, second)) return true;
  const inverted = (first.x.at - first.y.at) * (second.x.at - second.y.at) < 0;
  if (!inverted) return false;
  // "First fry, then stir": the order of steps is meant, whatever they are.
  if (steps && first.x.link === second.x.link && first.y.link === second.y.link) return isParted(first) && isParted(second);
  const sameRoles = roleOf(first.x) === roleOf(first.y) && roleOf(second.x) === roleOf(second.y) && roleOf(first.x) === roleOf(second.x);
  if (!sameRoles || first.x.clause !== first.y.clause || second.x.clause !== second.y.clause) return false;
  if (nominal) {
    if ([first.x, first.y, second.x, second.y].some((term) => term.asked)) return false;
    if (isApart(first) && isApart(second) && roleOf(first.x) === "") return true;
    // The head of a compound: "guest house", "house guest".
    return [first.x, first.y, second.x, second.y].every(isPlainNoun) && isAdjacent(first) && isAdjacent(second);
  }
  // "Who sued the tenant", "who did the tenant sue".
  if (first.text.ask !== second.text.ask || !/^(?:who|what|which)$/.test(first.text.ask) || !isNear(first) || !isNear(second)) return false;
  const verbAndNoun = (verbs: readonly Term[], nouns: readonly Term[]): boolean => verbs.every(isVerb) && nouns.every(isPlainNoun);
  return verbAndNoun([first.x, second.x], [first.y, second.y]) || verbAndNoun([first.y, second.y], [first.x, second.x]);
}

/** What governs `x` in one text governs `y` in the other, and the other way round. */
function isExchanged(of: (term: Term) => string, first: Sides, second: Sides): boolean {
  const [p, q] = [of(first.x), of(first.y)];
  return p !== q && p === of(second.y) && q === of(second.x);
}

/** Joined by "and" or "or". */
function isListed({ x, y, text }: Sides): boolean {
  const [first, last] = x.at < y.at ? [x, y] : [y, x];
  return text.terms.some((term) => term.coordinated && term.at > first.at && term.at <= last.at && (term === last || !isVerb(last)));
}

/** Something that parts clauses or steps stands between. */
function isParted({ x, y, text }: Sides): boolean {
  const [first, last] = x.at < y.at ? [x, y] : [y, x];
  return (
    x.clause !== y.clause || x.link !== y.link || text.terms.some((term) => term.coordinated && term.at > first.at && term.at <= last.at)
  );
}

const isApart = ({ x, y }: Sides): boolean => Math.abs(x.at - y.at) > 1;
const isAdjacent = ({ x, y }: Sides): boolean => Math.abs(x.at - y.at) === 1;
const isNear = ({ x, y }: Sides): boolean => Math.abs(x.at - y.at) <= 2;

/** "A was chosen by B" against "A chose B": with the passive undone the agent must stand first. */
function hasMovedAgent(a: ParsedText, b: ParsedText, matches: readonly Match[]): boolean {
  if (!a.passive || b.passive) return false;
  const agent = matches.find((match) => match.a.role === "by" && isNominal(match.a));
  if (agent === undefined || agent.b.role !== null) return false;
  const verbAt = matches.find((match) => isVerb(match.a) && match.a.at < agent.a.at && match.a.inflected);
  const patient = matches.find(
    (match) => match !== agent && isNominal(match.a) && match.a.role === null && verbAt !== undefined && match.a.at < verbAt.a.at,
  );
  return patient !== undefined && patient.b.role === null && patient.b.at < agent.b.at && !patient.b.asked;
}
