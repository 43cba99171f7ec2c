import { type Block, findBlocks } from "../text/blocks.ts";
import type { TextRange } from "../text/edit.ts";
import { matchByLine } from "../text/match-by-line.ts";
import { scanWords, type Word } from "../text/words.ts";
import { comparatorWords, negationWords, normalizeWord, numberWords } from "./guard-words.ts";
import { findIds } from "./find-ids.ts";
import type { BuiltInRule, PreserveRule } from "./preserve-rule.ts";

/** A place that a rule protects. */
export interface PreservedMatch extends TextRange {
  readonly rule: string;
}

/** A pattern, and a faster one that finds the same in text without characters beyond ASCII. */
interface RulePattern {
  readonly any: RegExp;
  readonly ascii?: RegExp;
}

// Each pattern is bounded or anchored so that no text makes it quadratic.
const patterns: Readonly<Partial<Record<BuiltInRule, RulePattern>>> = {
  numbers: {
    any: /(?:(?<![\p{L}\p{N}])(?:[-+−±~≈^]{1,2}|[<>≤≥=]{1,2}\s?))?[$€£¥#§]?\p{N}(?:[\p{N}.,:/'’–-]*\p{N})?(?:\s?(?:[%‰²³]|°\s?[CFK]?))?/gu,
    ascii: /(?:(?<![A-Za-z0-9])(?:[-+~^]{1,2}|[<>=]{1,2}\s?))?[$#]?[0-9](?:[0-9.,:/'-]*[0-9])?(?:\s?%)?/g,
  },
  comparators: { any: /[<>]=?|[!=]=+|[≤≥≠±≈]/g },
  quotes: {
    any: /"[^"\n]{1,400}"|“[^”\n]{1,400}”|„[^“”\n]{1,400}[“”]|«[^»\n]{1,400}»|(?<![\p{L}\p{N}])'[^'\n]{1,200}'(?![\p{L}\p{N}])/gu,
    ascii: /"[^"\n]{1,400}"|(?<![A-Za-z0-9])'[^'\n]{1,200}'(?![A-Za-z0-9])/g,
  },
  urls: { any: /\b(?:https?|ftp|file|s3|mailto|wss?):[^\s<>"]+|\bwww\.[^\s<>"]+/g },
  emails: { any: /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g },
  placeholders: {
    any: /\{{1,3}[^{}\n"]{0,200}\}{1,3}|\$\{[^{}\n]{0,200}\}|<\/?[A-Za-z][^<>\n]{0,200}>|%(?:\(\w{1,60}\))?[sdifr]\b|\$[A-Za-z_]\w*|\[[A-Z][A-Z\d_ ]{0,60}\]|(?<![\w:]):[a-z]\w*/g,
  },
  citations: { any: /\[\^?\d{1,4}(?:\s?[,–-]\s?\d{1,4})*\]|【[^】\n]{1,80}】|\((?:[^()\n]{0,80}\s)?\d{4}[a-z]?\)|§+\s?\d+/g },
};
/** Without these in a text a rule has nothing to find; looking for them is much faster. */
const needs: Readonly<Partial<Record<BuiltInRule, RegExp>>> = {
  comparators: /[<>=≤≥≠±≈]/,
  urls: /:|www/,
  emails: /@/,
  placeholders: /[{<%$[:]/,
  citations: /[[(【§]/,
};

// From the beginning of a run only: to try each place of a long run would make it quadratic.
const inlineCode = /(?<!`)(`{1,8})[^`\n]{1,1000}\1/g;

/** All matches of the rules, ordered by place; they may overlap. */
export function findPreserved(
  text: string,
  rules: readonly PreserveRule[],
  language?: string,
  { blocks = findBlocks(text), words }: { readonly blocks?: readonly Block[]; readonly words?: readonly Word[] } = {},
): PreservedMatch[] {
  const matches: PreservedMatch[] = [];
  const named = new Set(rules.filter((rule) => typeof rule === "string"));
  for (const rule of named) {
    const pattern = patterns[rule];
    if (pattern && needs[rule]?.test(text) !== false) addAll(text, pattern.ascii ?? pattern.any, pattern.any, rule, matches);
  }
  for (const rule of rules) if (typeof rule !== "string") addOwn(text, globally(rule), String(rule), matches);
  if (named.has("codeBlocks") && text.includes("`")) addAll(text, inlineCode, inlineCode, "codeBlocks", matches);
  for (const { kind, start, end } of blocks) {
    if (kind === "fence" && named.has("codeBlocks")) matches.push({ start, end, rule: "codeBlocks" });
    if (kind === "json" && named.has("jsonKeys")) matches.push({ start, end, rule: "jsonKeys" });
  }
  if (named.has("ids")) findIds(text, (start, end) => matches.push({ start, end, rule: "ids" }));
  if (named.has("negation") || named.has("comparators") || named.has("numbers"))
    addWords(words ?? scanWords(text), named, language, matches);
  return matches.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Overlapping matches joined, in order. */
export function coveredRanges(matches: readonly TextRange[]): TextRange[] {
  const covered: { start: number; end: number }[] = [];
  for (const { start, end } of matches) {
    const last = covered.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else covered.push({ start, end });
  }
  return covered;
}

function addAll(text: string, ascii: RegExp, any: RegExp, rule: string, matches: PreservedMatch[]): void {
  matchByLine(text, ascii, any, (match, start) => {
    matches.push({ start, end: start + match.length, rule });
  });
}

/** A pattern of the caller's may span lines. */
function addOwn(text: string, pattern: RegExp, rule: string, matches: PreservedMatch[]): void {
  for (const { 0: match, index: start } of text.matchAll(pattern))
    if (match !== "") matches.push({ start, end: start + match.length, rule });
}

function globally(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, [...new Set(`${pattern.flags.replace("y", "")}g`)].join(""));
}

function addWords(words: readonly Word[], named: ReadonlySet<BuiltInRule>, language: string | undefined, matches: PreservedMatch[]): void {
  const known = knownWords(named, language);
  for (const { start, end, text: written } of words) {
    let rule = known.get(written);
    if (rule === undefined) known.set(written, (rule = ruleOf(normalizeWord(written), named, language)));
    if (rule !== "") matches.push({ start, end, rule });
  }
}

const MAX_KNOWN = 50_000;
const knownByRules = new Map<string, Map<string, BuiltInRule | "">>();

/** What the words of earlier texts were: text is scanned twice, before and after, and most words are in all texts. Bounded. */
function knownWords(named: ReadonlySet<BuiltInRule>, language: string | undefined): Map<string, BuiltInRule | ""> {
  const key = `${language} ${named.has("negation")} ${named.has("comparators")} ${named.has("numbers")}`;
  let known = knownByRules.get(key);
  if (!known || known.size > MAX_KNOWN) {
    // Language tags come from callers, so there may be any number of them.
    if (knownByRules.size > 32) knownByRules.clear();
    knownByRules.set(key, (known = new Map()));
  }
  return known;
}

function ruleOf(word: string, named: ReadonlySet<BuiltInRule>, language: string | undefined): BuiltInRule | "" {
  if (named.has("negation") && (negationWords(language).has(word) || word.endsWith("n't"))) return "negation";
  if (named.has("comparators") && comparatorWords(language).has(word)) return "comparators";
  return named.has("numbers") && numberWords(language).has(word) ? "numbers" : "";
}
