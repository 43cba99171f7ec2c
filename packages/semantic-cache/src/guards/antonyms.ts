import { ANTONYMS } from "./lexicon/antonyms.ts";
import { words } from "./lexicon/words.ts";
import { lemma } from "./lemma.ts";
import { areSynonyms } from "./synonyms.ts";

let pairs: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/** Read at the first use and not at import: dictionary forms need the dictionary. */
function listedPairs(): ReadonlyMap<string, ReadonlySet<string>> {
  return (pairs ??= readPairs());
}

function readPairs(): Map<string, Set<string>> {
  const read = new Map<string, Set<string>>();
  const pair = (a: string, b: string): void => {
    const set = read.get(a) ?? new Set<string>();
    set.add(b);
    read.set(a, set);
  };
  for (const entry of ANTONYMS.replace(/\n/g, "").split("|")) {
    const [a = "", b = ""] = entry.trim().split(" ").map(lemma);
    // Inflection may make one word of both ("better" and "best").
    if (a === b) continue;
    pair(a, b);
    pair(b, a);
  }
  return read;
}

const PREFIX = /^(?:un|in|im|ir|il|dis|non|de|mis|anti)(?=[a-z]{3})/;

/** "Able" and "unable": one is the other with a negating prefix, and both are words. */
function byPrefix(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (!long.endsWith(short) || short.length < 3) return false;
  return PREFIX.exec(long)?.[0] === long.slice(0, -short.length) && !NOT_NEGATED.has(long);
}
const NOT_NEGATED: ReadonlySet<string> = new Set(
  "inhabit invaluable inflammable debug decode detail design define despite demand deliver deform depart deport misplace invest inform income input install insure inset dispatch discover display discount deposit indeed into".split(
    " ",
  ),
);

/** Opposites: listed, in the dictionary, by prefix, or opposite to a close synonym. */
export function areAntonyms(a: string, b: string): boolean {
  if (a === b) return false;
  if (listedPairs().get(a)?.has(b) === true || words().areOpposites(a, b) || byPrefix(a, b)) return true;
  // "Purchase" and "sell" by way of "buy"; only through the list, whose words are unambiguous enough.
  for (const opposite of listedPairs().get(a) ?? []) if (areSynonyms(opposite, b)) return true;
  for (const opposite of listedPairs().get(b) ?? []) if (areSynonyms(opposite, a)) return true;
  return false;
}
