import { InvalidOptionError } from "@langthrift/core";
import { coverChecker } from "../engine/covered-at.ts";
import { StageCompressor } from "../engine/stage-compressor.ts";
import type { SegmentPlan, StageContext } from "../engine/stage-context.ts";
import { normalizeWord, numberWords } from "../preserve/guard-words.ts";
import type { TextScan } from "../preserve/scan-text.ts";
import type { Segment } from "../segment.ts";
import type { Word } from "../text/words.ts";
import { deleteWords } from "./deletions.ts";
import { type StopWordLanguage, words } from "./language.ts";
import { stopWordLanguage, stopWordLanguages } from "./languages.ts";
import { goesFromSafeEnglish, safeEnglishCandidates } from "./safe-english.ts";
import { englishUnits } from "./unit-words.ts";
import { wordsWithin } from "./words-within.ts";

export type StopWordLevel = "safe" | "strong";

export interface StopWordCompressorOptions {
  /** Language of segments that name none. @default "en" */
  readonly language?: string;
  /**
   * `safe`: an allow list of words without an opposite; also for instructions. `strong`: all function words but those of the preserve rules; lossy,
   * for context that is read for its facts, and with a budget no more of them than it takes, the commonest first. @default "safe"
   */
  readonly level?: StopWordLevel;
}

/** Leaves out words that carry little. Numbers, negations, comparisons, names, code, quotes and all else that the preserve rules name stay. */
export class StopWordCompressor extends StageCompressor {
  readonly name: string;
  readonly version = "1";
  readonly lossless = false;
  protected override readonly budgeting: "exact" | "none";
  readonly #language: StopWordLanguage;
  readonly #level: StopWordLevel;

  /** @throws {InvalidOptionError} for a language without a reviewed list. */
  constructor({ language = "en", level = "safe" }: StopWordCompressorOptions = {}) {
    super();
    const found = stopWordLanguage(language);
    if (!found) throw new InvalidOptionError(`\`language\` is "${language}". There are lists for ${stopWordLanguages.join(", ")}.`);
    if (level !== "safe" && level !== "strong") throw new InvalidOptionError(`\`level\` is "${String(level)}". Pass "safe" or "strong".`);
    this.#language = found;
    this.#level = level;
    this.budgeting = level === "safe" ? "none" : "exact";
    this.name = `stop-words-${level}-${found.code}`;
  }

  protected override touches(segment: Segment): boolean {
    if (this.#level === "strong") return super.touches(segment);
    return segment.compress !== false && !["code", "json", "table"].includes(segment.kind);
  }

  protected override languageOf(segment: Segment | undefined): string {
    return segment?.language ?? this.#language.code;
  }

  protected plan(context: StageContext): SegmentPlan[] {
    const { segments, pools, scan, touches } = context;
    const wide = this.#level === "strong";
    const mayGo = context.once("words", () => segments.map((segment, index) => (touches(segment) ? this.#wordsOf(context, index) : [])));
    const budgeted = new Set(wide ? pools?.flatMap((pool) => pool.segments) : []);
    const goes = wordsWithin(wide ? (pools ?? []) : [], mayGo, context.counter.count);
    return segments.flatMap((segment, index): SegmentPlan[] => {
      const gone = (mayGo[index] ?? []).filter((word) => !budgeted.has(index) || goes.has(word));
      return touches(segment) ? [{ index, edits: deleteWords(segment.text, gone, scan(index), { wide }) }] : [];
    });
  }

  #wordsOf({ segments, scan, warn }: StageContext, index: number): Word[] {
    const { text, language: code, id } = segments[index] as Segment;
    const language = code === undefined ? this.#language : stopWordLanguage(code);
    if (language) return this.#droppable(text, language, scan(index));
    warn(`${this.name}: there is no list for the language "${code}" of segment ${id ?? index}; it is unchanged.`);
    return [];
  }

  /** Words that may go, in order. */
  #droppable(text: string, language: StopWordLanguage, scan: TextScan): Word[] {
    const { words: list } = scan;
    const isCovered = coverChecker(scan);
    const numbers = numberWords(language.code);
    const candidates = candidatesOf(language, this.#level);
    const isCandidate = new Map<string, boolean>();
    return list.filter((word, index) => {
      // Most words are none, and words repeat: the costly questions are asked about few.
      let may = isCandidate.get(word.text);
      if (may === undefined) isCandidate.set(word.text, (may = candidates.has(normalizeWord(word.text))));
      if (!may || !stands(text, word) || isCovered(word)) return false;
      return this.#level === "safe"
        ? this.#goesSafely(list, index, text, language, numbers)
        : this.#goesStrongly(list, index, text, language, numbers);
    });
  }

  #goesSafely(list: readonly Word[], index: number, text: string, language: StopWordLanguage, numbers: ReadonlySet<string>): boolean {
    const word = list[index] as Word;
    const lower = normalizeWord(word.text);
    if (isInterjection(text, word, lower, language)) return true;
    if (language.articles.size === 0 || nextToNumber(list, index, numbers)) return false;
    return goesFromSafeEnglish(list, index, text);
  }

  #goesStrongly(list: readonly Word[], index: number, text: string, language: StopWordLanguage, numbers: ReadonlySet<string>): boolean {
    const word = list[index] as Word;
    const lower = normalizeWord(word.text);
    if (isInterjection(text, word, lower, language)) return true;
    // "IT", "US", a letter, a name.
    if (/^\p{Lu}/u.test(word.text) && (word.text.length > 1 ? word.text === word.text.toUpperCase() : lower !== "i" && lower !== "a"))
      return false;
    if (!language.stopWords.has(lower)) return false;
    if ((lower === "a" || lower === "an") && isRate(list, index, numbers)) return false;
    if (lower === "as" && comparesAs(list, index)) return false;
    return !(isNumber(list[index + 1], numbers) && relatesNumbers.has(lower));
  }
}

const timeUnits: ReadonlySet<string> = words("day week month year hour minute second");
const amounts: ReadonlySet<string> = words("times dollars dollar cents cent euros pounds percent");

/** "five dollars a pound", "three times a day". */
function isRate(list: readonly Word[], index: number, numbers: ReadonlySet<string>): boolean {
  const next = normalizeWord(list[index + 1]?.text ?? "");
  if (timeUnits.has(next)) return true;
  const before = list[index - 1];
  return englishUnits.has(next) && (isNumber(before, numbers) || amounts.has(normalizeWord(before?.text ?? "")));
}

/** "twice as many as", "as soon as". */
function comparesAs(list: readonly Word[], index: number): boolean {
  for (let other = Math.max(0, index - 4); other <= index + 4; other += 1) {
    if (other !== index && list[other] && normalizeWord((list[other] as Word).text) === "as") return true;
  }
  return false;
}

/** Before a number these are relations: "from 5 to 10", "by 30 %", "into 8 pieces". */
const relatesNumbers: ReadonlySet<string> = new Set("to from by into per off out zu von bis à".split(" "));

/** Surrounded by blanks or punctuation, so not a part of a compound ("state-of-the-art"), a path or a contraction. */
function stands(text: string, { start, end }: Word): boolean {
  return /^$|[\s(“"—,;:]/.test(text.slice(start - 1, start)) && /^$|[\s,.;:!?)”"—]/.test(text.slice(end, end + 1));
}

function nextToNumber(list: readonly Word[], index: number, numbers: ReadonlySet<string>): boolean {
  return isNumber(list[index - 1], numbers) || isNumber(list[index + 1], numbers);
}

function isNumber(word: Word | undefined, numbers: ReadonlySet<string>): boolean {
  return word !== undefined && (/^\p{N}/u.test(word.text) || numbers.has(normalizeWord(word.text)));
}

/** A filler that commas set apart, a sound of hesitation, or politeness at the edge of a clause. */
function isInterjection(text: string, { start, end, text: written }: Word, lower: string, language: StopWordLanguage): boolean {
  if (written !== lower && written.length > 1 && written === written.toUpperCase()) return false;
  const before = text.slice(Math.max(0, start - 3), start);
  const opens = start === 0 || /(?:^|[.!?\n;:])\s*$/.test(before) || before.trim() === "";
  if (language.hesitations.has(lower)) return /^[\s,.…]/.test(text.slice(end, end + 1));
  if (language.fillers.has(lower)) return text[end] === "," && (opens || /,\s$/.test(before));
  if (!language.politeness.has(lower)) return false;
  return (opens && /^,? \p{Ll}/u.test(text.slice(end, end + 3))) || (/,\s$/.test(before) && /^[.!?]/.test(text.slice(end, end + 1)));
}

/** Words that may go at all; whether one does depends on what stands around it. */
function candidatesOf(
  { fillers, hesitations, politeness, articles, stopWords }: StopWordLanguage,
  level: StopWordLevel,
): ReadonlySet<string> {
  const own = level === "strong" ? stopWords : articles.size > 0 ? safeEnglishCandidates : [];
  return new Set([...fillers, ...hesitations, ...politeness, ...own]);
}
