import type { CodeItem, Item, WordItem } from "./item.ts";
import { FRAMES, PHRASES } from "./lexicon/phrases.ts";
import { lemma } from "./lemma.ts";

interface Node {
  readonly next: Map<string, Node>;
  replacement?: readonly string[];
}

/** `a (b|c|) d` → `a b d`, `a c d`, `a d`. */
function expandPattern(pattern: string): string[][] {
  let results: string[][] = [[]];
  for (const part of pattern.trim().match(/\([^)]*\)|[^\s()]+/g) ?? []) {
    const alternatives = part.startsWith("(") ? part.slice(1, -1).split("|") : [part];
    results = results.flatMap((result) =>
      alternatives.map((alternative) => [
        ...result,
        ...alternative
          .trim()
          .split(/\s+/)
          .filter((word) => word !== ""),
      ]),
    );
  }
  return results;
}

function buildTrie(): Node {
  const root: Node = { next: new Map() };
  function add(pattern: string, replacement: readonly string[]): void {
    for (const sequence of expandPattern(pattern)) {
      if (sequence.length === 0) continue;
      let node = root;
      for (const word of sequence) {
        // `=word` stands for that form only, not for its other inflections.
        const key = word.startsWith("=") ? word : lemma(word);
        let child = node.next.get(key);
        if (child === undefined) node.next.set(key, (child = { next: new Map() }));
        node = child;
      }
      // The first line that names a sequence wins.
      node.replacement ??= replacement;
    }
  }
  for (const line of PHRASES.trim().split("\n")) {
    const [left = "", right = ""] = line.split(" =>");
    for (const pattern of splitAlternatives(left))
      add(
        pattern,
        right
          .trim()
          .split(" ")
          .filter((word) => word !== "")
          .map(lemma),
      );
  }
  for (const line of FRAMES.trim().split("\n")) add(line, []);
  return root;
}

/** Splits at the bars outside parentheses. */
function splitAlternatives(text: string): string[] {
  const parts: string[] = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === "|" && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

let trie: Node | undefined;

/** Folds phrases into one word, removes frames; the longest match wins, twice over so that what a fold uncovers is folded too. */
export function foldPhrases(items: readonly Item[]): Item[] {
  return fold(fold(items));
}

function fold(items: readonly Item[]): Item[] {
  trie ??= buildTrie();
  const folded: Item[] = [];
  for (let i = 0; i < items.length;) {
    const item = items[i];
    if (item === undefined) break;
    let node: Node | undefined = trie;
    let replacement: readonly string[] | undefined;
    let length = 0;
    for (let j = i; j < items.length && node !== undefined; j += 1) {
      node = step(node, items[j]);
      if (node?.replacement !== undefined) {
        replacement = node.replacement;
        length = j + 1 - i;
      }
    }
    if (replacement === undefined) {
      folded.push(item);
      i += 1;
      continue;
    }
    const parts = items.slice(i, i + length).filter((part) => part.type === "word");
    const capital = parts.some((part) => part.capital);
    const pronoun = parts.find((part) => /^(?:i|we|you)$/.test(part.text))?.text;
    const swallowed = parts.find((part) => part.person !== undefined)?.person;
    for (const word of replacement) {
      const mark = word.startsWith("<");
      const person = mark ? (swallowed ?? (pronoun === undefined ? undefined : pronoun === "you" ? "second" : "first")) : undefined;
      folded.push({
        type: "word",
        // "Trouble logging in" must still see the ending.
        text: !mark && parts[0]?.text.endsWith("ing") === true ? `${word}ing` : word,
        lemma: word,
        capital: capital && word.includes("_"),
        joined: false,
        person,
      } satisfies WordItem);
    }
    i += length;
  }
  return folded;
}

function step(node: Node, item: Item | undefined): Node | undefined {
  if (item?.type === "word") return node.next.get(`=${item.text}`) ?? node.next.get(item.lemma);
  return item?.type === "code" ? node.next.get((item satisfies CodeItem).text) : undefined;
}
