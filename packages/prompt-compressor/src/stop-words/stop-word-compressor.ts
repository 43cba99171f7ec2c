import { InvalidOptionError } from "@langthrift/core";
import { coverChecker } from "../engine/covered-at.ts";
import { StageCompressor, type SegmentPlan, type StageContext } from "../engine/stage-compressor.ts";
import { normalizeWord, numberWords } from "../preserve/guard-words.ts";
import type { TextScan } from "../preserve/scan-text.ts";
import { type Edit, orderEdits } from "../text/edit.ts";
import type { Word } from "../text/words.ts";
import { type StopWordLanguage, words } from "./language.ts";
import { stopWordLanguage, stopWordLanguages } from "./languages.ts";
import { goesFromSafeEnglish, safeEnglishCandidates } from "./safe-english.ts";
import { englishUnits } from "./unit-words.ts";
import type { Segment } from "../segment.ts";

export type StopWordLevel = "safe" | "strong";

export interface StopWordCompressorOptions {
  /** Language of segments that name none. @default "en" */
  readonly language?: string;
  /**
   * `safe`: an allow list of words without an opposite; also for instructions. `strong`: all function words but those of the preserve rules; lossy,
   * for context that is read for its facts. @default "safe"
   */
  readonly level?: StopWordLevel;
}

/** Leaves out words that carry little. Numbers, negations, comparisons, names, code, quotes and all else that the preserve rules name stay. */
export class StopWordCompressor extends StageCompressor {
  readonly name: string;
  readonly version = "1";
  readonly lossless = false;
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
    this.name = `stop-words-${level}-${found.code}`;
  }

  protected override touches(segment: Segment): boolean {
    if (this.#level === "strong") return super.touches(segment);
    return segment.compress !== false && !["code", "json", "table"].includes(segment.kind);
  }

  protected override languageOf(segment: Segment | undefined): string {
    return segment?.language ?? this.#language.code;
  }

  protected plan({ segments, scan, touches, warn }: StageContext): SegmentPlan[] {
    return segments.flatMap((segment, index): SegmentPlan[] => {
      if (!touches(segment)) return [];
      const language = segment.language === undefined ? this.#language : stopWordLanguage(segment.language);
      if (!language) {
        warn(`${this.name}: there is no list for the language "${segment.language}" of segment ${segment.id ?? index}; it is unchanged.`);
        return [];
      }
      return [{ index, edits: this.#edits(segment.text, language, scan(index)) }];
    });
  }

  #edits(text: string, language: StopWordLanguage, scan: TextScan): Edit[] {
    const { words: list } = scan;
    const isCovered = coverChecker(scan);
    const numbers = numberWords(language.code);
    const candidates = candidatesOf(language, this.#level);
    const isCandidate = new Map<string, boolean>();
    const edits: Edit[] = [];
    let end = 0;
    for (const [index, word] of list.entries()) {
      // Most words are none, and words repeat: the costly questions are asked about few.
      let may = isCandidate.get(word.text);
      if (may === undefined) isCandidate.set(word.text, (may = candidates.has(normalizeWord(word.text))));
      if (!may || !stands(text, word) || isCovered(word)) continue;
      const drops =
        this.#level === "safe"
          ? this.#goesSafely(list, index, text, language, numbers)
          : this.#goesStrongly(list, index, text, language, numbers);
      if (!drops) continue;
      const wanted = this.#level === "safe" ? deletion(text, word) : wideDeletion(text, word);
      // The word before went with the blank that this one wants.
      const edit = wanted.start < end ? { ...wanted, start: word.start, text: "" } : wanted;
      edits.push(edit);
      end = edit.end;
    }
    if (this.#level === "safe") return edits;
    return orderEdits([...edits, ...punctuationEdits(text, scan)]);
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

/** The word with one blank, and with the comma that set it apart. */
function deletion(text: string, { start, end }: Word): Edit {
  const after = text[end];
  const before = text.slice(Math.max(0, start - 2), start);
  if (after === "," && (start === 0 || /(?:[.!?\n;:]\s?|,\s)$/.test(before) || before.trim() === "")) {
    return { start, end: text[end + 1] === " " ? end + 2 : end + 1, text: "" };
  }
  if (after === " ") return { start, end: end + 1, text: "" };
  // ", please." goes with its comma.
  if (before === ", ") return { start: start - 2, end, text: "" };
  if (before.endsWith(" ")) return { start: start - 1, end, text: "" };
  return { start, end, text: "" };
}

/** The word with all blanks behind it, and with a comma before it: what it joined is not joined any more. */
function wideDeletion(text: string, { start, end }: Word): Edit {
  let to = end;
  while (text[to] === " ") to += 1;
  if (to === end) return deletion(text, { start, end, text: "" });
  let from = start;
  if (text.slice(start - 2, start) === ", ") from = start - 2;
  return from === start ? { start, end: to, text: "" } : { start: from, end: to, text: " " };
}

const conjunctions: ReadonlySet<string> =
  words(`but or nor if unless until till before after since although each all both every how which who where when what
  aber oder sondern wenn falls bis nachdem bevor mais ou ni si jusque avant après pero sino o hasta antes después`);

const blankRun = /(?<=\S) {2,}(?=\S)/g;

/**
 * All but one of the blanks between two words, and the comma of ", but"; the commas between the items of a list stay. Not in what is kept, and not the
 * indentation of a line.
 */
function punctuationEdits(text: string, scan: TextScan): Edit[] {
  const edits: Edit[] = [];
  let isCovered = coverChecker(scan);
  blankRun.lastIndex = 0;
  for (let match = blankRun.exec(text); match !== null; match = blankRun.exec(text)) {
    const edit = { start: match.index + 1, end: match.index + match[0].length, text: "" };
    if (!isCovered(edit)) edits.push(edit);
  }
  isCovered = coverChecker(scan);
  for (const { start, text: word } of scan.words) {
    if (!conjunctions.has(word) || text.slice(start - 2, start) !== ", " || /[\p{N}"'”»]/u.test(text[start - 3] ?? "")) continue;
    const edit = { start: start - 2, end: start - 1, text: "" };
    if (!isCovered(edit)) edits.push(edit);
  }
  return edits;
}

/** Words that may go at all; whether one does depends on what stands around it. */
function candidatesOf(
  { fillers, hesitations, politeness, articles, stopWords }: StopWordLanguage,
  level: StopWordLevel,
): ReadonlySet<string> {
  const own = level === "strong" ? stopWords : articles.size > 0 ? safeEnglishCandidates : [];
  return new Set([...fillers, ...hesitations, ...politeness, ...own]);
}
