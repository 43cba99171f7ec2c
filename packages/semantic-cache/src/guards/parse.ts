import { askOf, isAskWord, type Ask } from "./ask.ts";
import type { DateItem, Item, QuantityItem, WordItem } from "./item.ts";
import { itemise } from "./items.ts";
import {
  AUXILIARIES,
  DROPPED,
  EMPTY_ADVERBS,
  LIGHT,
  LINKS,
  MODALS,
  NEGATORS,
  PERSONS,
  PREPOSITIONS,
  QUANTIFIERS,
  SEQUENCE_MARKS,
} from "./lexicon/function-words.ts";
import { words, type PartOfSpeech } from "./lexicon/words.ts";

type TermKind = "word" | "name" | "code" | "person" | "quantity" | "date";

/** A word, name, code, pronoun, quantity or date that carries meaning. */
export interface Term {
  readonly kind: TermKind;
  readonly lemma: string;
  readonly part: PartOfSpeech | undefined;
  /** Preposition that governs it, `of` also for a possessor. */
  readonly role: string | null;
  /** Conjunction at the head of its clause: "before", "than", "if". */
  readonly link: string | null;
  /** Place among all items but articles and possessives, so that gaps show what stood between two terms. */
  readonly at: number;
  readonly clause: number;
  readonly light: boolean;
  /** A negator stands before it. */
  readonly negated: boolean;
  /** Known to the dictionary. */
  readonly known: boolean;
  /** "and" or "or" stands before it. */
  readonly coordinated: boolean;
  /** It follows the question word: "which city". */
  readonly asked: boolean;
  /** "only" stands before it. */
  readonly focused: boolean;
  /** An ending of inflection was removed: "painted", "signs". */
  readonly inflected: boolean;
}

export interface ParsedText {
  readonly english: boolean;
  /** Dominant script, for instance `Latin`; empty without letters. */
  readonly script: string;
  readonly terms: readonly Term[];
  readonly quantities: readonly QuantityItem[];
  readonly dates: readonly DateItem[];
  readonly ask: Ask;
  readonly negated: boolean;
  readonly modals: ReadonlySet<string>;
  readonly quantifiers: ReadonlySet<string>;
  /** Pronouns in order: `first`, `second`, `he`; possessive ones with a `'`. */
  readonly persons: readonly string[];
  readonly prepositions: ReadonlySet<string>;
  readonly conditional: boolean;
  /** Two things are offered to choose from. */
  readonly alternatives: boolean;
  /** "first … then". */
  readonly sequence: boolean;
  readonly passive: boolean;
  readonly emptyAdverbs: ReadonlySet<string>;
  readonly sentences: number;
}

const POSSESSIVES: ReadonlySet<string> = new Set("my our your his her their its".split(" "));
const SUBJECTS: ReadonlySet<string> = new Set("i we you he she they it".split(" "));
const ARTICLES: ReadonlySet<string> = new Set("a an the this that these those".split(" "));
const NEGATING_PREFIX = /^(?:un|in|im|ir|il|dis|non)(?=[a-z]{3})/;

/** "Unhappy" → "happy": adjectives whose dictionary opposite is themselves without the prefix count as negated. */
function withoutPrefix(word: string): string | null {
  const prefix = NEGATING_PREFIX.exec(word)?.[0];
  if (prefix === undefined) return null;
  const dictionary = words();
  const base = word.slice(prefix.length);
  if (dictionary.areOpposites(word, base) && dictionary.canBe(word, "a") && !dictionary.canBe(word, "v")) return base;
  // Participles: "unused", "unpaid".
  if (prefix === "un" && /(?:ed|en|id|nt)$/.test(word) && dictionary.canBe(word, "a") && !dictionary.canBe(word, "v")) return base;
  return null;
}

class TermReader {
  readonly terms: Term[] = [];
  readonly modals: Set<string> = new Set();
  readonly quantifiers: Set<string> = new Set();
  readonly persons: string[] = [];
  readonly prepositions: Set<string> = new Set();
  readonly emptyAdverbs: Set<string> = new Set();
  negated = false;
  conditional = false;
  alternatives = false;
  sequence = false;
  passive = false;
  sentences = 1;
  private readonly items: readonly Item[];
  private readonly english: boolean;
  private role: string | null = null;
  private link: string | null = null;
  private at = 0;
  private clause = 0;
  private negators = 0;
  private pendingNegation = false;
  private coordinated = false;
  private asked = false;
  private focused = false;
  private beSeen = false;

  constructor(items: readonly Item[], english: boolean) {
    this.items = items;
    this.english = english;
    for (const [i, item] of items.entries()) this.read(item, items[i + 1], items[i - 1], i);
    this.closeClause();
  }

  private closeClause(): void {
    this.negated ||= this.negators % 2 === 1;
    this.negators = 0;
  }

  private push(term: Pick<Term, "kind" | "lemma" | "part" | "light" | "known"> & { role?: string | null; inflected?: boolean }): void {
    this.terms.push({
      role: this.role,
      inflected: false,
      ...term,
      link: this.link,
      at: this.at,
      clause: this.clause,
      negated: this.pendingNegation,
      coordinated: this.coordinated,
      asked: this.asked,
      focused: this.focused,
    });
    if (term.kind !== "word" || term.part !== "n") this.pendingNegation = false;
    this.coordinated = false;
    this.focused = false;
  }

  private read(item: Item, next: Item | undefined, before: Item | undefined, i: number): void {
    this.at += 1;
    switch (item.type) {
      case "break":
        if (/[.?!]/.test(item.text)) {
          this.closeClause();
          this.role = null;
          this.link = null;
          this.beSeen = false;
          if (i < this.items.length - 1) this.sentences += 1;
        }
        this.pendingNegation = false;
        this.asked = false;
        this.clause += 1;
        return;
      case "quantity":
        return this.push({ kind: "quantity", lemma: `${item.value}`, part: undefined, light: item.soft, known: true });
      case "date":
        return this.push({ kind: "date", lemma: `${item.field} ${item.value}`, part: undefined, light: item.soft, known: true });
      case "code":
        return this.push({ kind: "code", lemma: item.text, part: undefined, light: false, known: false });
      case "word":
        if (this.english) this.readWord(item, next, before);
        else this.push({ kind: "word", lemma: item.lemma, part: undefined, light: false, known: false });
    }
  }

  private readWord(item: WordItem, next: Item | undefined, before: Item | undefined): void {
    const word = item.lemma;
    const isName = item.capital && !LIGHT.has(word);
    if (ARTICLES.has(item.text) && !(item.text === "a" && item.capital)) {
      this.at -= 1;
      return;
    }
    if (item.person !== undefined) this.readPerson(item.person === "first" ? "i" : "you", true);
    if (PERSONS.has(item.text)) {
      this.readPerson(item.text, false, next);
      return;
    }
    if (word === "<trouble>") {
      // "Trouble logging in" is not being able to; trouble with a thing is a thing.
      if (next?.type === "word" && next.text.endsWith("ing")) {
        this.negators += 1;
        this.pendingNegation = true;
      } else this.push({ kind: "word", lemma: "problem", part: "n", light: true, known: true });
      return;
    }
    const modal = MODALS.get(word);
    if (modal !== undefined) this.modals.add(modal);
    const quantifier = QUANTIFIERS.get(word);
    if (quantifier !== undefined) {
      this.quantifiers.add(quantifier);
      if (quantifier === "only") this.focused = true;
    }
    if (NEGATORS.has(word)) {
      this.negators += 1;
      this.pendingNegation = true;
    }
    if (SEQUENCE_MARKS.has(item.text)) this.sequence = true;
    if (word === "if" || word === "when") this.conditional ||= word === "if" || (before !== undefined && before.type !== "break");
    if (word === "and" || word === "or" || word === "nor") this.coordinated = true;
    if (word === "or") this.alternatives = true;
    if (word === "be" || item.text === "get" || item.text === "got") this.beSeen = true;
    if (LINKS.has(word)) {
      this.link = word;
      this.role = null;
      this.prepositions.add(word);
      return;
    }
    if (PREPOSITIONS.has(word)) {
      this.readPreposition(word, next);
      return;
    }
    if (isAskWord(word)) {
      this.asked = /^(?:which|what|whose|<howmany>)$/.test(word);
      this.role = null;
    }
    if (
      quantifier !== undefined ||
      modal !== undefined ||
      NEGATORS.has(word) ||
      word.startsWith("<") ||
      ((DROPPED.has(word) || DROPPED.has(item.text)) && !isName && !item.upper)
    ) {
      if (AUXILIARIES.has(word) || word.startsWith("<")) {
        this.role = null;
        if (AUXILIARIES.has(word)) this.asked = false;
      }
      return;
    }
    if (EMPTY_ADVERBS.has(word) || EMPTY_ADVERBS.has(item.text)) {
      this.emptyAdverbs.add(word);
      return;
    }
    this.readContent(item, isName);
  }

  private readPerson(text: string, swallowed: boolean, next?: Item): void {
    const person = PERSONS.get(text);
    if (person === undefined) return;
    // "Her" is both; as an object nothing that could be possessed follows.
    const isObject =
      text === "her" && (next?.type !== "word" || PREPOSITIONS.has(next.lemma) || AUXILIARIES.has(next.lemma) || DROPPED.has(next.text));
    if (POSSESSIVES.has(text) && !isObject) {
      this.persons.push(`${person}'`);
      this.at -= 1;
      return;
    }
    if (!swallowed) this.persons.push(person);
    if (SUBJECTS.has(text) && !swallowed) this.role = null;
    this.push({ kind: "person", lemma: person, part: undefined, light: swallowed, known: true });
    if (SUBJECTS.has(text)) this.role = null;
  }

  private readPreposition(word: string, next: Item | undefined): void {
    const dictionary = words();
    const infinitive =
      word === "to" && next?.type === "word" && !next.capital && (dictionary.mainPart(next.lemma) === "v" || AUXILIARIES.has(next.lemma));
    if (infinitive) {
      this.role = null;
      return;
    }
    this.role = word;
    this.prepositions.add(word);
  }

  private readContent(item: WordItem, isName: boolean): void {
    const dictionary = words();
    let word = item.lemma;
    const base = isName ? null : (withoutPrefix(item.text) ?? withoutPrefix(word));
    if (base !== null) {
      word = base;
      this.negators += 1;
      this.pendingNegation = true;
    }
    const known = !item.upper && (dictionary.has(word) || word.includes("_"));
    const part = dictionary.mainPart(word) ?? (known ? "n" : undefined);
    const inflected = item.text !== word && /(?:ed|en|t|n|ne|id|de)$/.test(item.text);
    const isVerb = part === "v" || (inflected && dictionary.canBe(word, "v"));
    if (isVerb && this.beSeen && inflected) this.passive = true;
    if (isVerb && !isName && this.terms.at(-1)?.role === this.role) this.role = null;
    const kind: TermKind = isName || item.upper || dictionary.isName(word) ? "name" : "word";
    this.push({
      kind,
      lemma: word,
      part: isVerb && !isName ? "v" : part,
      light: LIGHT.has(word),
      known,
      role: item.possessive ? "of" : this.role,
      inflected,
    });
  }
}

/** Reads everything that the guards compare. Never throws. */
export function parseText(text: string): ParsedText {
  const { items, english, script } = itemise(text);
  const reader = new TermReader(items, english);
  const onlyWithout = english && reader.prepositions.has("without") && items.some((item) => item.type === "word" && item.lemma === "not");
  return {
    english,
    script,
    terms: reader.terms,
    quantities: items.filter((item) => item.type === "quantity"),
    dates: items.filter((item) => item.type === "date"),
    ask: english ? askOf(items) : "statement",
    negated: english && reader.negated,
    modals: reader.modals,
    // "Not without" is "only with".
    quantifiers: onlyWithout ? new Set([...reader.quantifiers, "only"]) : reader.quantifiers,
    persons: reader.persons,
    prepositions: onlyWithout ? new Set([...reader.prepositions].map((word) => (word === "without" ? "with" : word))) : reader.prepositions,
    conditional: reader.conditional,
    alternatives: reader.alternatives,
    sequence: reader.sequence,
    passive: reader.passive,
    emptyAdverbs: reader.emptyAdverbs,
    sentences: reader.sentences,
  };
}
