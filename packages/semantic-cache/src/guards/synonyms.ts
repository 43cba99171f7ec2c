import { SYNONYMS } from "./lexicon/synonyms.ts";
import { words } from "./lexicon/words.ts";
import { lemma } from "./lemma.ts";

let groups: ReadonlyMap<string, ReadonlySet<number>> | undefined;

/** Read at the first use and not at import: dictionary forms need the dictionary. */
function listedGroups(): ReadonlyMap<string, ReadonlySet<number>> {
  return (groups ??= readGroups());
}

function readGroups(): Map<string, Set<number>> {
  const groupsOf = new Map<string, Set<number>>();
  for (const [group, line] of SYNONYMS.trim().split("\n").entries()) {
    for (const word of line.split(" ")) {
      const key = lemma(word);
      const set = groupsOf.get(key) ?? new Set<number>();
      set.add(group);
      groupsOf.set(key, set);
    }
  }
  return groupsOf;
}

/** Listed as standing for each other. */
export function areListedSynonyms(a: string, b: string): boolean {
  const other = listedGroups().get(b);
  if (other === undefined) return false;
  for (const group of listedGroups().get(a) ?? []) if (other.has(group)) return true;
  return false;
}

/** One can stand for the other: listed, or of one frequent meaning in the dictionary. */
export function areSynonyms(a: string, b: string): boolean {
  return a === b || areListedSynonyms(a, b) || words().areSynonyms(a, b);
}
