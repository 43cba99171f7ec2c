import { isAscii } from "./is-ascii.ts";

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
  const pattern = isAscii(text) ? ascii : unicode;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    words.push({ start: match.index, end: match.index + match[0].length, text: match[0] });
  }
  return words;
}
