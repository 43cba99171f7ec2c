import { expandContractions } from "./contractions.ts";
import { readDate } from "./dates.ts";
import type { DateItem, Item, QuantityItem } from "./item.ts";
import { lemma } from "./lemma.ts";
import {
  AUXILIARIES,
  DROPPED,
  EMPTY_ADVERBS,
  LIGHT,
  MODALS,
  NEGATORS,
  PERSONS,
  PREPOSITIONS,
  QUANTIFIERS,
  STRONG_PREPOSITIONS,
} from "./lexicon/function-words.ts";
import { words, type PartOfSpeech } from "./lexicon/words.ts";
import { joinCompounds, readQuantity } from "./numbers.ts";
import { foldPhrases } from "./phrases.ts";
import { tokenise, type Token } from "./tokenise.ts";
import { unitOf } from "./units.ts";

/** A word, name, code, quantity or date that carries meaning. */
export interface Term {
  readonly kind: "word" | "name" | "code" | "quantity" | "date";
  readonly lemma: string;
  readonly part: PartOfSpeech | undefined;
  /** Preposition that governs it, if one does. */
  readonly role: string | null;
  /** Place among all items, so that gaps show what stood between two terms. */
  readonly at: number;
  /** Number of the clause it stands in. */
  readonly clause: number;
  readonly light: boolean;
  /** A negator stands before it. */
  readonly negated: boolean;
  /** Known to the dictionary. */
  readonly known: boolean;
  /** "and" or "or" stands before it. */
  readonly coordinated: boolean;
}

/** What is asked for: how to, when, yes or no … */
export type Ask =
  | "howto"
  | "how"
  | "what"
  | "which"
  | "when"
  | "where"
  | "who"
  | "why"
  | "howmany"
  | "howmuch"
  | "howlong"
  | "howoften"
  | "howfar"
  | "yesno"
  | "can"
  | "may"
  | "must"
  | "should"
  | "way"
  | "want"
  | "statement";

export interface ParsedText {
  readonly english: boolean;
  /** Dominant script, for instance `Latin`. */
  readonly script: string;
  readonly terms: readonly Term[];
  readonly quantities: readonly QuantityItem[];
  readonly dates: readonly DateItem[];
  readonly codes: readonly string[];
  readonly ask: Ask;
  readonly negated: boolean;
  readonly modals: ReadonlySet<string>;
  readonly quantifiers: ReadonlySet<string>;
  readonly persons: ReadonlySet<string>;
  readonly prepositions: ReadonlySet<string>;
  /** "if", "when", "unless" at the head of a clause. */
  readonly conditional: boolean;
  readonly emptyAdverbs: ReadonlySet<string>;
  readonly sentences: number;
  readonly passive: boolean;
}

const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ["Latin", /\p{sc=Latn}/gu],
  ["Cyrillic", /\p{sc=Cyrl}/gu],
  ["Han", /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]/gu],
  ["Hangul", /\p{sc=Hang}/gu],
  ["Arabic", /\p{sc=Arab}/gu],
  ["Hebrew", /\p{sc=Hebr}/gu],
  ["Greek", /\p{sc=Grek}/gu],
  ["Devanagari", /\p{sc=Deva}/gu],
  ["Thai", /\p{sc=Thai}/gu],
];

function scriptOf(text: string): string {
  let best = "";
  let most = 0;
  for (const [name, pattern] of SCRIPTS) {
    const count = text.match(pattern)?.length ?? 0;
    if (count > most) {
      most = count;
      best = name;
    }
  }
  return best;
}

/** English as far as the dictionary tells: most of its words are known. */
function looksEnglish(tokens: readonly Token[]): boolean {
  const dictionary = words();
  let all = 0;
  let known = 0;
  for (const token of tokens) {
    if (token.kind !== "word" || token.capital) continue;
    all += 1;
    if (DROPPED.has(token.text) || DROPPED.has(lemma(token.text)) || PREPOSITIONS.has(token.text) || dictionary.has(lemma(token.text)))
      known += 1;
  }
  return all === 0 || known / all >= 0.6;
}

/** Spellings that must be one thing before numbers are read. */
const EARLY: readonly (readonly [RegExp, string])[] = [
  [/\b(?:2|two|multi|multiple)[- ]?(?:factor|step)(?:[- ]?(?:auth\w*|verification|sign[- ]?in|login))?\b/gi, "2fa"],
  [/\b(?:world war|ww)[- ]?(?:2|ii|two)\b|\bsecond world war\b/gi, "wwii"],
  [/\b(?:world war|ww)[- ]?(?:1|i|one)\b|\bfirst world war\b/gi, "wwi"],
  [/\b24\s*[/x]\s*7\b/gi, "always"],
];

function itemsOf(tokens: readonly Token[], english: boolean): Item[] {
  const items: Item[] = [];
  const names = tokens.filter((token) => token.kind === "word");
  // In a title or a shout, capitals say nothing.
  const capitalsCount = names.filter((token) => token.capital).length <= Math.max(1, 0.5 * names.length);
  for (let i = 0; i < tokens.length;) {
    const token = tokens[i];
    if (token === undefined) break;
    const next = tokens[i + 1];
    if (
      token.kind === "number" &&
      next?.kind === "word" &&
      next.adjacent &&
      unitOf(next.text, true) === undefined &&
      !/^(?:st|nd|rd|th|s|[ap]m?|k|m|bn|mn|b|x)$/.test(next.text)
    ) {
      items.push({ type: "code", text: token.text + next.text });
      i += 2;
      continue;
    }
    const beforeUnit = token.kind === "number" && unitOf(next?.text ?? "", true) !== undefined && !/^[ap]$/.test(next?.text ?? "");
    const date = english && !beforeUnit ? readDate(tokens, i) : token.kind === "number" && !beforeUnit ? readDate([token], 0) : null;
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
    else if (token.kind === "code" || token.kind === "number") items.push({ type: "code", text: token.text });
    else
      items.push({
        type: "word",
        text: token.text,
        lemma: english ? lemma(token.text) : token.text,
        capital: token.capital && capitalsCount,
        joined: token.joined,
      });
    i += 1;
  }
  return joinCompounds(items);
}

const MARKS: ReadonlyMap<string, Ask> = new Map([
  ["<howto>", "howto"],
  ["<how>", "how"],
  ["<what>", "what"],
  ["<when>", "when"],
  ["<where>", "where"],
  ["<who>", "who"],
  ["<why>", "why"],
  ["<howmany>", "howmany"],
  ["<howmuch>", "howmuch"],
  ["<howlong>", "howlong"],
  ["<howoften>", "howoften"],
  ["<howfar>", "howfar"],
  ["how", "how"],
  ["what", "what"],
  ["which", "which"],
  ["when", "when"],
  ["where", "where"],
  ["who", "who"],
  ["whom", "who"],
  ["whose", "who"],
  ["why", "why"],
]);
const SOFT_MARKS: ReadonlyMap<string, Ask> = new Map([
  ["<can>", "can"],
  ["<may>", "may"],
  ["<must>", "must"],
  ["<should>", "should"],
  ["<way>", "way"],
  ["<want>", "want"],
]);
/** These open a subordinate clause unless an auxiliary follows. */
const SUBORDINATING: ReadonlySet<string> = new Set(["when", "where", "who", "which", "that", "whom"]);

function askOf(items: readonly Item[]): Ask {
  let soft: Ask | undefined;
  let first = true;
  let question = items.some((item) => item.type === "break" && item.text.includes("?"));
  let aux = false;
  for (const [i, item] of items.entries()) {
    if (item.type === "break") {
      first = true;
      continue;
    }
    if (item.type !== "word") {
      first = false;
      continue;
    }
    const mark = MARKS.get(item.lemma);
    if (mark !== undefined) {
      const next = items[i + 1];
      const inverted = next?.type === "word" && AUXILIARIES.has(next.lemma);
      const explicit = item.lemma.startsWith("<");
      const subordinate =
        !explicit && SUBORDINATING.has(item.lemma) && !inverted && !(first && (item.lemma === "who" || item.lemma === "which"));
      if (explicit || (!subordinate && (first || question || inverted))) return mark;
    }
    soft ??= SOFT_MARKS.get(item.lemma);
    if (first && AUXILIARIES.has(item.lemma)) aux = true;
    if (!PREPOSITIONS.has(item.lemma)) first = false;
  }
  if (soft !== undefined) return soft;
  return aux ? "yesno" : "statement";
}

/** Reads everything that the guards compare. Never throws. */
export function parseText(text: string): ParsedText {
  let early = text.slice(0, 4000);
  for (const [pattern, replacement] of EARLY) early = early.replace(pattern, replacement);
  const raw = tokenise(early);
  const script = scriptOf(early);
  const tokens = expandContractions(raw);
  const english = (script === "Latin" || script === "") && looksEnglish(tokens);
  const plain = itemsOf(english ? tokens : raw, english);
  const items = english ? foldPhrases(plain) : plain;
  const dictionary = words();

  const terms: Term[] = [];
  const modals = new Set<string>();
  const quantifiers = new Set<string>();
  const persons = new Set<string>();
  const prepositions = new Set<string>();
  const emptyAdverbs = new Set<string>();
  let role: string | null = null;
  let clause = 0;
  let negators = 0;
  let textNegated = false;
  let pendingNegation = false;
  let coordinated = false;
  let conditional = false;
  let sentences = 1;
  let passive = false;

  const push = (term: Omit<Term, "at" | "clause" | "role" | "negated" | "coordinated">, at: number): void => {
    terms.push({ ...term, at, clause, role, negated: pendingNegation, coordinated });
    if (term.part === "v" || term.kind !== "word") pendingNegation = false;
    coordinated = false;
  };

  if (english) {
    for (const [at, item] of items.entries()) {
      if (item.type === "break") {
        textNegated ||= negators % 2 === 1;
        negators = 0;
        role = null;
        pendingNegation = false;
        clause += 1;
        if (/[.?!]/.test(item.text) && at < items.length - 1) sentences += 1;
        continue;
      }
      if (item.type === "quantity") {
        push(
          {
            kind: "quantity",
            lemma: `#${item.value}${item.unit === null ? "" : ` ${item.unit.dimension}`}`,
            part: undefined,
            light: item.soft,
            known: true,
          },
          at,
        );
        continue;
      }
      if (item.type === "date") {
        push({ kind: "date", lemma: `@${item.field} ${item.value}`, part: undefined, light: item.soft, known: true }, at);
        continue;
      }
      if (item.type === "code") {
        push({ kind: "code", lemma: item.text, part: undefined, light: false, known: false }, at);
        continue;
      }
      const word = item.lemma;
      const modal = MODALS.get(word);
      if (modal !== undefined) modals.add(modal);
      const person = PERSONS.get(item.text);
      if (person !== undefined) persons.add(person);
      const quantifier = QUANTIFIERS.get(word);
      if (quantifier !== undefined) quantifiers.add(quantifier);
      if (NEGATORS.has(word)) {
        negators += 1;
        pendingNegation = true;
      }
      if (word === "if" || word === "unless" || (word === "when" && at > 0 && items[at - 1]?.type !== "break")) conditional = true;
      if (word === "and" || word === "or" || word === "nor" || word === "but") coordinated = true;
      if (word === "by" && terms.at(-1)?.part === "v") passive = true;
      if (PREPOSITIONS.has(word)) {
        const next = items[at + 1];
        const infinitive =
          word === "to" &&
          next?.type === "word" &&
          !next.capital &&
          (dictionary.mainPart(next.lemma) === "v" || AUXILIARIES.has(next.lemma));
        if (infinitive) role = null;
        else {
          role = word;
          prepositions.add(word);
        }
        continue;
      }
      if (STRONG_PREPOSITIONS.has(word)) prepositions.add(word);
      if (
        quantifier !== undefined ||
        modal !== undefined ||
        person !== undefined ||
        NEGATORS.has(word) ||
        DROPPED.has(word) ||
        DROPPED.has(item.text) ||
        word.startsWith("<")
      ) {
        if (AUXILIARIES.has(word) || word.startsWith("<") || MARKS.has(word)) role = null;
        continue;
      }
      if (EMPTY_ADVERBS.has(word) || EMPTY_ADVERBS.has(item.text)) {
        emptyAdverbs.add(word);
        continue;
      }
      const known = dictionary.has(word) || word.includes("_");
      const part = dictionary.mainPart(word) ?? (known ? "n" : undefined);
      if (part === "v" && role !== null && terms.at(-1)?.role === role) role = null;
      const name = (item.capital && !LIGHT.has(word)) || dictionary.isName(word);
      push({ kind: name ? "name" : "word", lemma: word, part, light: LIGHT.has(word), known }, at);
    }
    textNegated ||= negators % 2 === 1;
  } else {
    for (const [at, item] of items.entries()) {
      if (item.type === "word") push({ kind: "word", lemma: item.lemma, part: undefined, light: false, known: false }, at);
      else if (item.type === "code") push({ kind: "code", lemma: item.text, part: undefined, light: false, known: false }, at);
    }
  }

  return {
    english,
    script,
    terms,
    quantities: items.filter((item) => item.type === "quantity"),
    dates: items.filter((item) => item.type === "date"),
    codes: items.filter((item) => item.type === "code").map((item) => item.text),
    ask: english ? askOf(items) : "statement",
    negated: textNegated,
    modals,
    quantifiers,
    persons,
    prepositions,
    conditional,
    emptyAdverbs,
    sentences,
    passive,
  };
}
