import { normalizeWord } from "../preserve/guard-words.ts";
import type { Word } from "../text/words.ts";
import { words } from "./language.ts";
import { englishUnits } from "./unit-words.ts";

/** The words that `goesFromSafeEnglish` may let go. */
export const safeEnglishCandidates: ReadonlySet<string> = words("the that of");

/** Before these the article makes a difference ("the few" and "few", "the second" and "second"), or is part of an idiom. */
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
 * `is`, `to`, `a`, `that` as a pointer, `very`, `also`, `and` and all prepositions are not on it: each has an opposite or a second meaning
 * ("is to be paid" and "is paid", "the doors are open" and "the doors open", "an agent" and "the agent", "approve of" and "approve").
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

  if (lower === "the") {
    // A name: "the US", "The Hague".
    if (!/^\p{Ll}/u.test(follows.text) || follows.text.length < 2) return false;
    if (written !== lower && !beginsSentence(text, word.start)) return false;
    if (keepsArticleBefore.has(nextWord) || englishUnits.has(nextWord) || nextWord.endsWith("est")) return false;
    // "all of the rows" has lost its "of".
    if (precedes === "of" && takesOf.has(normalizeWord(list[index - 2]?.text ?? ""))) return false;
    return precedes === undefined || !keepsArticleBehind.has(precedes);
  }
  if (written !== lower) return false;
  if (lower === "that") return precedes !== undefined && takesThat.has(precedes) && startsClause.has(nextWord);
  if (lower !== "of" || precedes === undefined || !takesOf.has(precedes)) return false;
  return nextWord === "the" || nextWord === "them" || nextWord === "these";
}

function beginsSentence(text: string, at: number): boolean {
  return /(?:^|[.!?:\n"“(])\s*$/.test(text.slice(Math.max(0, at - 8), at));
}
