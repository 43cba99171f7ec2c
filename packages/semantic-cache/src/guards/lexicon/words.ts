import { inflateRawSync } from "node:zlib";
import { WORD_TABLE } from "./word-table.ts";

/** Noun, verb, adjective, adverb. */
export type PartOfSpeech = "n" | "v" | "a" | "r";

/** What the dictionary says about single words (lower case, dictionary form; phrases with `_`). */
export interface Words {
  has(word: string): boolean;
  /** The part of speech in which the word is most often used. */
  mainPart(word: string): PartOfSpeech | undefined;
  canBe(word: string, part: PartOfSpeech): boolean;
  /** True where the word is nothing but a name: a city, a person. */
  isName(word: string): boolean;
  /** 0 (not seen in tagged text) to 9, logarithmic. */
  frequency(word: string): number;
  /** They share one of their frequent meanings. */
  areSynonyms(a: string, b: string): boolean;
  /** Kinds of the same thing: red and blue, cat and dog. */
  areSiblings(a: string, b: string): boolean;
  /** Forms of one stem: pay and payment. */
  areFamily(a: string, b: string): boolean;
  areOpposites(a: string, b: string): boolean;
}

const NONE: readonly number[] = [];

function readLines(section: string): number[][] {
  return section.split("\n").map((line) => {
    let n = 0;
    return line.split(" ").map((step) => (n += Number.parseInt(step, 36)));
  });
}

function readTable(): Words {
  const text = inflateRawSync(Buffer.from(WORD_TABLE, "base64")).toString("latin1");
  const [wordSection = "", synonymSection = "", classSection = "", familySection = "", oppositeSection = ""] = text.split("\n\n");

  const index = new Map<string, number>();
  const flags: string[] = [];
  let previous = "";
  for (const line of wordSection.split("\n")) {
    const bar = line.indexOf("|");
    const word = previous.slice(0, Number.parseInt(line[0] ?? "0", 36)) + line.slice(1, bar);
    index.set(word, flags.length);
    flags.push(line.slice(bar + 1));
    previous = word;
  }

  function groupsOf(section: string): (readonly number[])[] {
    const of: number[][] = [];
    for (const [group, members] of readLines(section).entries()) {
      for (const member of members) {
        const own = of[member];
        if (own === undefined) of[member] = [group];
        else own.push(group);
      }
    }
    return of;
  }
  function pairsOf(section: string): Set<number> {
    const pairs = new Set<number>();
    for (const [first = 0, ...rest] of readLines(section)) {
      for (const other of rest) pairs.add(first * flags.length + other);
    }
    return pairs;
  }

  const synonymGroups = groupsOf(synonymSection);
  const classes = groupsOf(classSection);
  const families = pairsOf(familySection);
  const opposites = pairsOf(oppositeSection);

  function share(groups: readonly (readonly number[])[], a: string, b: string): boolean {
    const i = index.get(a);
    const j = index.get(b);
    if (i === undefined || j === undefined) return false;
    const other = groups[j] ?? NONE;
    return (groups[i] ?? NONE).some((group) => other.includes(group));
  }
  function paired(pairs: ReadonlySet<number>, a: string, b: string): boolean {
    const i = index.get(a);
    const j = index.get(b);
    if (i === undefined || j === undefined) return false;
    return pairs.has(Math.min(i, j) * flags.length + Math.max(i, j));
  }
  const flagsOf = (word: string): string => flags[index.get(word) ?? -1] ?? "";

  return {
    has: (word) => index.has(word),
    mainPart: (word) => flagsOf(word)[0] as PartOfSpeech | undefined,
    canBe: (word, part) => flagsOf(word).includes(part),
    isName: (word) => flagsOf(word).includes("N"),
    frequency: (word) => Number(/\d$/.exec(flagsOf(word))?.[0] ?? 0),
    areSynonyms: (a, b) => share(synonymGroups, a, b),
    areSiblings: (a, b) => share(classes, a, b),
    areFamily: (a, b) => paired(families, a, b),
    areOpposites: (a, b) => paired(opposites, a, b),
  };
}

let table: Words | undefined;

/** The dictionary, unpacked on first use (some tens of ms) and kept. */
export function words(): Words {
  return (table ??= readTable());
}
