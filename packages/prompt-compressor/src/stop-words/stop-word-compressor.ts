import { InvalidOptionError } from "@langthrift/core";
import { coverChecker } from "../engine/covered-at.ts";
import { StageCompressor } from "../engine/stage-compressor.ts";
import type { SegmentPlan, StageContext } from "../engine/stage-context.ts";
import { normalizeWord, numberWords } from "../preserve/guard-words.ts";
import type { TextScan } from "../preserve/scan-text.ts";
import type { Segment } from "../segment.ts";
import type { Word } from "../text/words.ts";
import { deleteWords } from "./deletions.ts";
import type { StopWordLanguage } from "./language.ts";
import { stopWordLanguage, stopWordLanguages } from "./languages.ts";
import { goesFromSafeEnglish, safeEnglishCandidates } from "./safe-english.ts";
import { goesFromStrong, hasClitic, isNumber } from "./strong.ts";
import { wordsWithin } from "./words-within.ts";

/** `safe`: an allow list of words without an opposite. `strong`: function words but those that the preserve rules name. */
export type StopWordLevel = "safe" | "strong";

/** Options of `StopWordCompressor`. */
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
    const isStrong = this.#level === "strong";
    const isCandidate = new Map<string, boolean | "ending">();
    const droppable: Word[] = [];
    for (const [index, word] of list.entries()) {
      // Most words are none, and words repeat: the costly questions are asked about few.
      let may = isCandidate.get(word.text);
      if (may === undefined)
        isCandidate.set(
          word.text,
          (may = isStrong && hasClitic(word, language, numbers) ? "ending" : candidates.has(normalizeWord(word.text))),
        );
      if (may === false || !stands(text, word) || isCovered(word)) continue;
      if (may === "ending") droppable.push({ start: word.end - 2, end: word.end, text: word.text.slice(-2) });
      else if (isInterjection(text, word, normalizeWord(word.text), language)) droppable.push(word);
      else if (isStrong ? goesFromStrong(list, index, language, numbers) : this.#goesSafely(list, index, text, language, numbers))
        droppable.push(word);
    }
    return droppable;
  }

  #goesSafely(list: readonly Word[], index: number, text: string, language: StopWordLanguage, numbers: ReadonlySet<string>): boolean {
    if (language.articles.size === 0 || nextToNumber(list, index, numbers)) return false;
    return goesFromSafeEnglish(list, index, text);
  }
}

/** Surrounded by blanks or punctuation, so not a part of a compound ("state-of-the-art"), a path or a contraction. */
function stands(text: string, { start, end }: Word): boolean {
  return /^$|[\s(“"—,;:]/.test(text.slice(start - 1, start)) && /^$|[\s,.;:!?)”"—]/.test(text.slice(end, end + 1));
}

function nextToNumber(list: readonly Word[], index: number, numbers: ReadonlySet<string>): boolean {
  return isNumber(list[index - 1], numbers) || isNumber(list[index + 1], numbers);
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
