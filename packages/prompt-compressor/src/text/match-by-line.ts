import { isAscii } from "./is-ascii.ts";

type OnMatch = (match: string, index: number) => void;

/** Finds in text without characters beyond ASCII what the pattern for any text finds there. */
export type AsciiScanner = (text: string, onMatch: OnMatch) => void;

/**
 * Calls back with every match. A pattern without the Unicode flag is several times faster and a loop over characters faster still, and most lines
 * of most texts allow it; so each line gets what it needs. Patterns have to be global, to find the same in a text
 * without characters beyond ASCII, and to find nothing across lines but line breaks.
 */
export function matchByLine(text: string, ascii: RegExp | AsciiScanner, unicode: RegExp, onMatch: OnMatch): void {
  if (isAscii(text)) {
    run(text, ascii, 0, onMatch);
    return;
  }
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf("\n", start);
    if (end === -1) end = text.length;
    // Blank lines stay with the line before: a run of line breaks is one match.
    while (end < text.length && isBlank(text.charCodeAt(end))) end += 1;
    // Indentation goes with the word behind it.
    if (end < text.length) end = text.lastIndexOf("\n", end - 1) + 1;
    // A part of the text and not a place in it: else a rare pattern would look through the whole rest for each line.
    const part = text.slice(start, end);
    run(part, isAscii(part) ? ascii : unicode, start, onMatch);
    start = end;
  }
}

function run(text: string, pattern: RegExp | AsciiScanner, offset: number, onMatch: OnMatch): void {
  if (typeof pattern === "function") {
    pattern(text, offset === 0 ? onMatch : (match, index) => onMatch(match, index + offset));
    return;
  }
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    onMatch(match[0], match.index + offset);
    if (match[0] === "") pattern.lastIndex += 1;
  }
}

function isBlank(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x20 || code === 0x09;
}
