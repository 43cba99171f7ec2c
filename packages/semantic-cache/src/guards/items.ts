import { expandContractions } from "./contractions.ts";
import { readDate } from "./dates.ts";
import type { Item } from "./item.ts";
import { lemma } from "./lemma.ts";
import { DEMONYMS } from "./lexicon/demonyms.ts";
import { DROPPED, PREPOSITIONS } from "./lexicon/function-words.ts";
import { words } from "./lexicon/words.ts";
import { joinCompounds, readQuantity } from "./numbers.ts";
import { foldPhrases } from "./phrases.ts";
import { scriptOf } from "./scripts.ts";
import { tokenise, type Token } from "./tokenise.ts";
import { unitOf } from "./units.ts";

export interface ItemisedText {
  readonly items: readonly Item[];
  readonly english: boolean;
  /** Dominant script, for instance `Latin`; empty without letters. */
  readonly script: string;
}

/** Spellings that must be one thing before numbers and dates are read. */
const EARLY: readonly (readonly [RegExp, string])[] = [
  [/\b(?:2|two|multi|multiple)[- ]?(?:factor|step)(?:[- ]?(?:auth\w*|verification|sign[- ]?in|login))?\b/gi, "2fa"],
  [/\b(?:world war|ww)[- ]?(?:2|ii|two)\b|\bsecond world war\b/gi, "wwii"],
  [/\b(?:world war|ww)[- ]?(?:1|i|one)\b|\bfirst world war\b/gi, "wwi"],
  [/\b24\s*[/x]\s*7\b/gi, "always"],
  [/\b([ap])\.\s?m\b\.?/gi, "$1m"],
  [/\bnew year['’]?s day\b/gi, "1 january"],
  [/\bnew year['’]?s eve\b/gi, "31 december"],
  [/\bchristmas eve\b/gi, "24 december"],
  [/\bchristmas day\b/gi, "25 december"],
  [/\bhalloween\b/gi, "31 october"],
  [/\bvalentine['’]?s day\b/gi, "14 february"],
];

/** English as far as the dictionary tells: most of its words are known. */
function looksEnglish(tokens: readonly Token[]): boolean {
  const dictionary = words();
  let all = 0;
  let known = 0;
  for (const token of tokens) {
    if (token.kind !== "word" || token.capital) continue;
    all += 1;
    const form = lemma(token.text);
    if (DROPPED.has(token.text) || DROPPED.has(form) || PREPOSITIONS.has(token.text) || dictionary.has(form)) known += 1;
  }
  // A slip in two or three words is no other language.
  return all === 0 || known / all >= (all < 4 ? 0.5 : 0.6);
}

/** "2fa", "3d", "4x4": digits that run into letters without being a quantity. */
function isCode(token: Token, next: Token | undefined): boolean {
  if (token.kind !== "number" || next?.kind !== "word" || !next.adjacent) return false;
  return unitOf(next.text, true) === undefined && !/^(?:st|nd|rd|th|s|[ap]m?|k|m|bn|mn|b|x)$/.test(next.text);
}

function readItems(tokens: readonly Token[], english: boolean): Item[] {
  const items: Item[] = [];
  const names = tokens.filter((token) => token.kind === "word");
  // In a title or a shout, capitals say nothing.
  const capitalsCount = names.filter((token) => token.capital).length <= Math.max(1, 0.5 * names.length);
  const shouted = names.filter((token) => token.upper).length > 0.5 * names.length;
  for (let i = 0; i < tokens.length;) {
    const token = tokens[i];
    if (token === undefined) break;
    const next = tokens[i + 1];
    if (isCode(token, next)) {
      items.push({ type: "code", text: token.text + (next?.text ?? "") });
      i += 2;
      continue;
    }
    const isDecade = next?.text === "s" && next.adjacent && token.text.endsWith("0");
    const beforeUnit =
      token.kind === "number" && !isDecade && !/^[ap]$/.test(next?.text ?? "") && unitOf(next?.text ?? "", true) !== undefined;
    // Outside English only digits are read: month names and number words are other languages' words too.
    const date = beforeUnit ? null : english ? readDate(tokens, i) : token.kind === "number" ? readDate([token], 0) : null;
    if (date !== null) {
      items.push(...date.items);
      i += date.length;
      continue;
    }
    const quantity = english || token.kind === "number" || /^[$€£¥₹]$/.test(token.text) ? readQuantity(tokens, i) : null;
    if (quantity !== null) {
      items.push(quantity.item);
      i += quantity.length;
      continue;
    }
    if (token.kind === "mark") items.push({ type: "break", text: token.text });
    else if (token.kind === "word") {
      items.push({
        type: "word",
        text: token.text,
        lemma: english ? (DEMONYMS.get(token.text) ?? lemma(token.text)) : token.text,
        capital: token.capital && capitalsCount,
        joined: token.joined,
        possessive: token.possessive,
        upper: token.upper && !shouted,
      });
    } else items.push({ type: "code", text: token.text });
    i += 1;
  }
  return joinCompounds(items);
}

/** Splits a text into words in dictionary form, quantities, dates and codes, with phrases folded. Never throws. */
export function itemise(text: string): ItemisedText {
  // Longer texts are cut: a guard must stay cheap, and encoders read no more anyway.
  let early = text.slice(0, 4000).replace(/\b(?:[A-Z]\.){2,}/g, (letters) => letters.replaceAll(".", ""));
  for (const [pattern, replacement] of EARLY) early = early.replace(pattern, replacement);
  const raw = tokenise(early);
  const script = scriptOf(early);
  const tokens = expandContractions(raw);
  const english = (script === "Latin" || script === "") && looksEnglish(tokens);
  const items = readItems(english ? tokens : raw, english);
  return { items: english ? foldPhrases(items) : items, english, script };
}
