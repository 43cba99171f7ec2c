import { coverChecker } from "../engine/covered-at.ts";
import type { TextScan } from "../preserve/scan-text.ts";
import { type Edit, orderEdits } from "../text/edit.ts";
import type { Word } from "../text/words.ts";
import { words } from "./language.ts";

/** Deletes words with the blanks and commas that belonged to them; `wide` also joins what is left with one blank and no stray comma. */
export function deleteWords(text: string, gone: readonly Word[], scan: TextScan, { wide }: { readonly wide: boolean }): Edit[] {
  const edits: Edit[] = [];
  let end = 0;
  // Where the deletions that touch each other began.
  let runStart = -1;
  let first = 0;
  for (const word of gone) {
    const wanted = wide ? wideDeletion(text, word) : deletion(text, word);
    // The word before may have gone with the blank that this one wants, or have left one.
    const start = Math.max(wanted.start, end);
    if (start !== end || runStart < 0) [runStart, first] = [start, edits.length];
    const isJoined = wanted.text === " " && /^$|\s/.test(text.slice(runStart - 1, runStart));
    edits.push({ start, end: wanted.end, text: isJoined ? "" : wanted.text });
    end = wanted.end;
    // The blank before several words is left when punctuation follows them.
    const opening = edits[first] as Edit;
    if (
      first < edits.length - 1 &&
      text[runStart - 1] === " " &&
      /[,.;:!?)]/.test(text[end] ?? "") &&
      (edits[first - 1]?.end ?? 0) < runStart
    ) {
      edits[first] = { ...opening, start: opening.start - 1 };
      runStart -= 1;
    }
  }
  return wide ? orderEdits([...edits, ...punctuationEdits(text, scan)]) : edits;
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
function wideDeletion(text: string, { start, end, text: word }: Word): Edit {
  // An ending: the blank behind it parts two words that stay.
  if (/^['’]/.test(word)) return { start, end, text: "" };
  let to = end;
  while (text[to] === " ") to += 1;
  if (to === end) return deletion(text, { start, end, text: word });
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
