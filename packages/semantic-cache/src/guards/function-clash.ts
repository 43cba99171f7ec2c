import type { Match } from "./alignment.ts";
import { OPPOSITE_PREPOSITIONS, PREPOSITION_CLASS, QUANTIFIERS_ALONE } from "./lexicon/function-words.ts";
import { areAntonyms } from "./antonyms.ts";
import type { Ask, ParsedText } from "./parse.ts";

const only = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] => [...a].filter((x) => !b.has(x));

/** Kinds of question that ask for the same answer in practice. */
const NEAR: readonly ReadonlySet<Ask>[] = [
  new Set<Ask>(["howto", "how", "want", "way", "statement"]),
  new Set<Ask>(["can", "way", "may", "yesno"]),
  new Set<Ask>(["what", "which", "statement"]),
  new Set<Ask>(["when", "howlong"]),
  new Set<Ask>(["must", "yesno"]),
  new Set<Ask>(["should", "yesno"]),
  new Set<Ask>(["what", "who", "which"]),
  new Set<Ask>(["what", "where", "which"]),
  new Set<Ask>(["what", "howmuch", "howmany", "howfar"]),
  new Set<Ask>(["where", "howto", "how"]),
  new Set<Ask>(["which", "where", "who", "when"]),
];

export type AskDistance = 0 | 1 | 2;

/** 0: the same question word; 1: near enough to ask for one answer; 2: another question. */
export function askDistance(a: Ask, b: Ask): AskDistance {
  if (a === b) return 0;
  if (a === "statement" || b === "statement" || a === "want" || b === "want") return 1;
  return NEAR.some((group) => group.has(a) && group.has(b)) ? 1 : 2;
}

export function quantifiersClash(a: ParsedText, b: ParsedText): boolean {
  const [onlyA, onlyB] = [only(a.quantifiers, b.quantifiers), only(b.quantifiers, a.quantifiers)];
  if (onlyA.some((x) => onlyB.some((y) => areAntonyms(x, y) || x !== y))) return true;
  return [...onlyA, ...onlyB].some((x) => QUANTIFIERS_ALONE.has(x));
}

/** Modals of the two texts, where both hold one and none is shared. */
export function modalsClash(a: ParsedText, b: ParsedText): boolean {
  return (
    a.modals.size > 0 &&
    b.modals.size > 0 &&
    only(a.modals, b.modals).length === a.modals.size &&
    only(b.modals, a.modals).length === b.modals.size
  );
}

export function personsClash(a: ParsedText, b: ParsedText): boolean {
  const third = (text: ParsedText): string =>
    [...text.persons]
      .filter((person) => person === "he" || person === "she")
      .sort()
      .join();
  if (third(a) === third(b)) return false;
  // "He" against "they" or nobody is a matter of style; against "she", "I" or "you" it is somebody else.
  if (third(a) !== "" && third(b) !== "") return true;
  const other = third(a) === "" ? a : b;
  return other.persons.has("first") || other.persons.has("second");
}

/** An argument that moved from "from" to "to", or a preposition replaced by its opposite. */
export function prepositionsClash(a: ParsedText, b: ParsedText, matches: readonly Match[]): boolean {
  for (const match of matches) {
    if (match.a.role !== null && match.b.role !== null && OPPOSITE_PREPOSITIONS.has(`${match.a.role} ${match.b.role}`)) return true;
  }
  return only(a.prepositions, b.prepositions).some((x) =>
    only(b.prepositions, a.prepositions).some((y) => OPPOSITE_PREPOSITIONS.has(`${x} ${y}`)),
  );
}

/** How many matched arguments stand after prepositions of another kind. */
export function changedRoles(matches: readonly Match[]): number {
  return matches.filter(({ a, b }) => {
    if (a.role === null || b.role === null || a.role === b.role) return false;
    return (PREPOSITION_CLASS.get(a.role) ?? a.role) !== (PREPOSITION_CLASS.get(b.role) ?? b.role);
  }).length;
}
