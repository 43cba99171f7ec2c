import type { Alignment, Match } from "./alignment.ts";
import { OPPOSITE_PREPOSITIONS, PREPOSITION_CLASS, QUANTIFIERS_ALONE, STRONG_PREPOSITIONS } from "./lexicon/function-words.ts";
import type { ParsedText, Term } from "./parse.ts";

const only = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] => [...a].filter((x) => !b.has(x));

/** "All" against "some", "only" against nothing. `some` and `any` say no more than an article and clash with stronger ones alone. */
export function quantifiersClash(a: ParsedText, b: ParsedText): boolean {
  const onlyA = only(a.quantifiers, b.quantifiers);
  const onlyB = only(b.quantifiers, a.quantifiers);
  if (onlyA.length > 0 && onlyB.length > 0) return true;
  if ([...onlyA, ...onlyB].some((name) => QUANTIFIERS_ALONE.has(name))) return true;
  // "One card", "every card".
  const single = (text: ParsedText): boolean => text.quantities.some((item) => item.soft && item.unit === null && item.value === 1);
  return (onlyA.includes("all") && single(b)) || (onlyB.includes("all") && single(a));
}

/** "Only" that stands before other words. */
export function focusMoved(alignment: Alignment): boolean {
  return (
    alignment.matches.some((match) => match.a.focused !== match.b.focused) &&
    alignment.matches.some((match) => match.a.focused) &&
    alignment.matches.some((match) => match.b.focused)
  );
}

/** Modals of the two texts, where both hold one and none is shared. */
export function modalsClash(a: ParsedText, b: ParsedText): boolean {
  const [x, y] = [modalsOf(a), modalsOf(b)];
  return x.size > 0 && y.size > 0 && only(x, y).length === x.size;
}

/** "Will" is a claim of its own in statements and yes-no questions; "when will" and "when can" ask the same. */
function modalsOf(text: ParsedText): ReadonlySet<string> {
  if (text.ask === "statement" || text.ask === "yesno" || text.ask === "can") return text.modals;
  return new Set([...text.modals].filter((modal) => modal !== "will" && modal !== "can"));
}

/** Somebody else is spoken of: "my" and "your", "he" and "she", "I" and "they". */
export function personsClash(a: ParsedText, b: ParsedText, alignment: Alignment): boolean {
  const possessiveA = new Set(a.persons.filter((person) => person.endsWith("'")));
  const possessiveB = new Set(b.persons.filter((person) => person.endsWith("'")));
  if (only(possessiveA, possessiveB).length > 0 && only(possessiveB, possessiveA).length > 0) return true;
  const [x, y] = [alignment.personsA.filter((term) => !term.light), alignment.personsB.filter((term) => !term.light)];
  if (x.length > 0 && y.length > 0) return true;
  // The other side's pronoun went into a phrase ("how do I"), here somebody else is named.
  const third = (terms: readonly Term[]): boolean =>
    terms.some((term) => term.lemma === "he" || term.lemma === "she" || term.lemma === "they");
  const swallowed = (terms: readonly Term[]): boolean => terms.some((term) => term.light && term.lemma === "first");
  return (third(x) && swallowed(alignment.personsB)) || (third(y) && swallowed(alignment.personsA));
}

/** An argument that moved from "from" to "to", or "before" for "after". */
export function prepositionsClash(a: ParsedText, b: ParsedText, matches: readonly Match[]): boolean {
  // "Before or after?" names both.
  if ([a, b].some((text) => text.prepositions.has("before") && text.prepositions.has("after"))) return false;
  for (const match of matches) {
    const [x, y] = [match.a.role ?? match.a.link, match.b.role ?? match.b.link];
    if (x !== null && y !== null && OPPOSITE_PREPOSITIONS.has(`${x} ${y}`)) return true;
  }
  const strongA = only(a.prepositions, b.prepositions);
  const strongB = only(b.prepositions, a.prepositions);
  return strongA.some((x) =>
    strongB.some((y) => OPPOSITE_PREPOSITIONS.has(`${x} ${y}`) && (STRONG_PREPOSITIONS.has(x) || STRONG_PREPOSITIONS.has(y))),
  );
}

/** How many matched arguments stand after prepositions of another kind. */
export function changedRoles(matches: readonly Match[]): number {
  return matches.filter(({ a, b }) => {
    if (a.role === null || b.role === null || a.role === b.role) return false;
    return (PREPOSITION_CLASS.get(a.role) ?? a.role) !== (PREPOSITION_CLASS.get(b.role) ?? b.role);
  }).length;
}
