import { comparatorWords, negationWords, normalizeWord } from "../preserve/guard-words.ts";
import type { Word } from "../text/words.ts";
import { type StopWordLanguage, words } from "./language.ts";
import { englishUnits } from "./unit-words.ts";

/** Whether a function word goes from a text that is read for its facts: not where it relates numbers, compares, or is a name. */
export function goesFromStrong(list: readonly Word[], index: number, language: StopWordLanguage, numbers: ReadonlySet<string>): boolean {
  const word = list[index] as Word;
  const lower = normalizeWord(word.text);
  // "IT", "US", a letter, a name.
  if (/^\p{Lu}/u.test(word.text) && (word.text.length > 1 ? word.text === word.text.toUpperCase() : lower !== "i" && lower !== "a"))
    return false;
  if (!language.stopWords.has(lower)) return false;
  if ((lower === "a" || lower === "an") && isRate(list, index, numbers)) return false;
  if (lower === "as" && comparesAs(list, index, numbers)) return false;
  return !(isNumber(list[index + 1], numbers) && relatesNumbers.has(lower));
}

/** English "'s" stands for "of", "is" or "has", which go as words of their own too. Not that of "nobody's" and "one's": the word alone is another. */
export function hasClitic({ text }: Word, language: StopWordLanguage, numbers: ReadonlySet<string>): boolean {
  if (language.code !== "en" || !/^\p{L}{2,}['’]s$/u.test(text)) return false;
  const word = normalizeWord(text);
  const bare = word.slice(0, -2);
  return !language.stopWords.has(word) && !negationWords("en").has(bare) && !comparatorWords("en").has(bare) && !numbers.has(bare);
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

/** "as soon as". Behind a factor the second one says it: "twice as many as" is "twice many as". */
function comparesAs(list: readonly Word[], index: number, numbers: ReadonlySet<string>): boolean {
  const isAs = (at: number): boolean => list[at] !== undefined && normalizeWord((list[at] as Word).text) === "as";
  let comes = false;
  for (let at = index + 1; at <= index + 6 && !comes; at += 1) comes = isAs(at);
  if (comes) return !isFactor(list, index - 1, numbers);
  for (let at = index - 1; at >= Math.max(0, index - 6); at -= 1) if (isAs(at)) return true;
  return false;
}

/** "twice", "half", "3 times", "a third". */
function isFactor(list: readonly Word[], index: number, numbers: ReadonlySet<string>): boolean {
  const word = normalizeWord(list[index]?.text ?? "");
  if (factors.has(word)) return true;
  const before = list[index - 1];
  return fractions.has(word) && (isNumber(before, numbers) || normalizeWord(before?.text ?? "") === "a");
}

const factors: ReadonlySet<string> = words("times twice thrice half");
const fractions: ReadonlySet<string> = words(
  "thirds quarters fourths fifths sixths sevenths eighths ninths tenths third quarter fourth fifth sixth eighth tenth",
);

/** Before a number these are relations: "from 5 to 10", "by 30 %", "into 8 pieces". */
const relatesNumbers: ReadonlySet<string> = new Set("to from by into per off out zu von bis à".split(" "));

export function isNumber(word: Word | undefined, numbers: ReadonlySet<string>): boolean {
  return word !== undefined && (/^\p{N}/u.test(word.text) || numbers.has(normalizeWord(word.text)));
}
