import { matchByLine } from "./match-by-line.ts";

/** A word with its place. */
export interface Word {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

// Letters with inner apostrophes; numbers with inner points. Scripts without blanks between words come as one word and are never split.
const unicode = /[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*|\p{N}+(?:[.,:]\p{N}+)*/gu;

export function scanWords(text: string): Word[] {
  const words: Word[] = [];
  eachWord(text, (word, start) => words.push({ start, end: start + word.length, text: word }));
  return words;
}

export function eachWord(text: string, onWord: (word: string, start: number) => void): void {
  matchByLine(text, scanAsciiWords, unicode, onWord);
}

/** The same in text without characters beyond ASCII, several times faster than a pattern. */
function scanAsciiWords(text: string, onWord: (word: string, start: number) => void): void {
  const { length } = text;
  let at = 0;
  while (at < length) {
    const first = classOf(text.charCodeAt(at));
    if (first === OTHER) {
      at += 1;
      continue;
    }
    const start = at;
    for (;;) {
      at += 1;
      if (at >= length) break;
      const code = text.charCodeAt(at);
      if (classOf(code) === first) continue;
      const isInner = first === LETTER ? code === 0x27 : code === 0x2e || code === 0x2c || code === 0x3a;
      if (!isInner || at + 1 >= length || classOf(text.charCodeAt(at + 1)) !== first) break;
    }
    onWord(text.slice(start, at), start);
  }
}

const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;

function classOf(code: number): number {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)) return LETTER;
  return code >= 0x30 && code <= 0x39 ? DIGIT : OTHER;
}
