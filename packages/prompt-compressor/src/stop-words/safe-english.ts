import { normalizeWord } from "../preserve/guard-words.ts";
import type { Word } from "../text/words.ts";
import { words } from "./language.ts";
import { englishUnits } from "./unit-words.ts";

/** The words that `goesFromSafeEnglish` may let go. */
export const safeEnglishCandidates: ReadonlySet<string> = words("a an the that of in order");

/** Before these an article makes a difference ("a few" and "few", "a second" and "the second", "five dollars a pound"), or is part of an idiom. */
const keepsArticleBefore =
  words(`few fewer little lot lots bit number couple dozen hundred thousand million billion great good fair deal majority minority
  while most more less least many much same other others only one ones single half quarter third fourth fifth first second last next rest whole part
  former latter best worst better worse particular certain given maximum minimum total
  is are was were am be been has had have does did do will would shall should can could may might must or and of in to on at by for with from not no
  us who it if`);

/** Behind these an article belongs to the quantity ("half the amount", "such a case", "all the rows"). */
const keepsArticleBehind =
  words(`all both half each some any most many several few none no every much such what quite rather too so as not never only
  just more less than once twice thrice times per double triple whole option plan step section group point case type class vitamin column question exhibit
  appendix phase grade letter note key rank level model version team room part for or`);

/** "I know that she left" is "I know she left". */
const takesThat =
  words(`say says said think thinks thought know knows knew believe believes believed hope hopes hoped suppose assume assumes assumed
  ensure ensures ensured sure guess feel felt realise realize realised realized mention mentions mentioned suggest suggests suggested`);
const startsClause = words(
  "i you he she we they it the a an this these those there my your his her our their its everyone someone nobody no all each",
);

/** "all of the rows" is "all the rows". */
const takesOf = words("all both half");

/**
 * Whether a word can go from an English sentence without any reader noticing more than the style. An allow list: everything that is not named stays.
 * `is`, `to`, `that` as a pointer, `very`, `also`, `and` and all prepositions are not on it: each has an opposite or a second meaning
 * ("is to be paid" and "is paid", "the doors are open" and "the doors open", "approve of" and "approve").
 */
export function goesFromSafeEnglish(list: readonly Word[], index: number, text: string): boolean {
  const word = list[index] as Word;
  const written = word.text;
  const lower = normalizeWord(written);
  const next = list[index + 1];
  const previous = list[index - 1];
  const follows = next !== undefined && text.slice(word.end, next.start) === " " ? next : undefined;
  const precedes = previous !== undefined && text.slice(previous.end, word.start) === " " ? normalizeWord(previous.text) : undefined;
  if (follows === undefined) return false;
  const nextWord = normalizeWord(follows.text);

  if (lower === "a" || lower === "an" || lower === "the") {
    // A name ("the US", "A Room"), or a letter ("option a is").
    if (!/^\p{Ll}/u.test(follows.text) || follows.text.length < 2) return false;
    if (written !== lower && !beginsSentence(text, word.start)) return false;
    return (
      !keepsArticleBefore.has(nextWord) &&
      !englishUnits.has(nextWord) &&
      !(precedes !== undefined && keepsArticleBehind.has(precedes)) &&
      !nextWord.endsWith("est")
    );
  }
  if (written !== lower) return false;
  if (lower === "that") return precedes !== undefined && takesThat.has(precedes) && startsClause.has(nextWord);
  if (lower === "of")
    return precedes !== undefined && takesOf.has(precedes) && (nextWord === "the" || nextWord === "them" || nextWord === "these");
  if (lower === "in")
    return (
      nextWord === "order" && normalizeWord(list[index + 2]?.text ?? "") === "to" && text.slice(follows.end, list[index + 2]?.start) === " "
    );
  if (lower === "order") return precedes === "in" && nextWord === "to" && index > 0 && goesFromSafeEnglish(list, index - 1, text);
  return false;
}

function beginsSentence(text: string, at: number): boolean {
  return /(?:^|[.!?:\n"“(])\s*$/.test(text.slice(Math.max(0, at - 8), at));
}
