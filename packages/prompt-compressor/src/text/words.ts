import { matchByLine } from "./match-by-line.ts";

/** A word with its place. */
export interface Word {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

// Letters with inner apostrophes; numbers with inner points. Scripts without blanks between words come as one word and are never split.
const unicode = /[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*|\p{N}+(?:[.,:]\p{N}+)*/gu;

const ascii = /[A-Za-z]+(?:'[A-Za-z]+)*|[0-9]+(?:[.,:][0-9]+)*/g;

export function scanWords(text: string): Word[] {
  const words: Word[] = [];
  matchByLine(text, ascii, unicode, (word, start) => {
    words.push({ start, end: start + word.length, text: word });
  });
  return words;
}
