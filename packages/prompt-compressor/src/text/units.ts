import type { Block } from "./blocks.ts";
import type { TextRange } from "./edit.ts";

/** A line of a text, cut into sentences. */
export interface Line extends TextRange {
  /** "Anna: ", "- ", "3. ": says who speaks or where a list stands; kept with any sentence of the line. Empty range when there is none. */
  readonly label: TextRange;
  /** Sentences in order; together with the label they cover the line without its break. */
  readonly sentences: readonly TextRange[];
  /** Names what follows: "# Title", "[Session 3]", "Notes:". */
  readonly heading: boolean;
  /** Code, JSON or a table: never cut. */
  readonly block: boolean;
}

const label = /[ \t]*(?:[-*+•>] +|\d{1,3}[.)] +)?(?:\[[^\]\n]{1,40}\] *)?(?:\p{Lu}[\p{L}\p{M}\d_.'’ -]{0,30}: +)?/uy;
const heading = /^\s*(?:#{1,6} |\[[^\]]*\]\s*$|={3,}|\*\*[^*]+\*\*:?\s*$)|^[^.!?]{1,80}:\s*$/;
const dateLine = /^\s*[^.!?]{0,80}\b(?:\d{4}|\d{1,2}:\d{2})\b[^.!?]{0,40}$/;
const sentenceEnd = /[.!?…]+["'”’)\]]*(?=\s)|[。！？]+[」』”]?/g;
const abbreviation = /(?:^|[\s(])(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|e\.g|i\.e|No|Nr|Inc|Ltd|Co|Fig|approx|ca|bzw|z\.B|p|pp|vol|[A-Z])\.$/;

/** Cuts a text into lines and sentences, in one pass. Blocks are lines of their own. */
export function splitLines(text: string, blocks: readonly Block[]): Line[] {
  const lines: Line[] = [];
  let at = 0;
  for (const block of blocks) {
    if (block.start < at) continue;
    addLines(text, at, block.start, lines);
    const end = text[block.end] === "\n" ? block.end + 1 : block.end;
    lines.push({
      start: block.start,
      end,
      label: { start: block.start, end: block.start },
      sentences: [{ start: block.start, end }],
      heading: false,
      block: true,
    });
    at = end;
  }
  addLines(text, at, text.length, lines);
  return lines;
}

function addLines(text: string, from: number, to: number, lines: Line[]): void {
  let start = from;
  while (start < to) {
    const breakAt = text.indexOf("\n", start);
    const end = breakAt === -1 || breakAt >= to ? to : breakAt + 1;
    lines.push(cutLine(text, start, end));
    start = end;
  }
}

function cutLine(text: string, start: number, end: number): Line {
  const content = text.slice(start, end);
  label.lastIndex = 0;
  const labelLength = label.exec(content)?.[0].length ?? 0;
  const bodyStart = labelLength < content.trimEnd().length ? start + labelLength : start;
  const isHeading = bodyStart === start && content.length < 160 && (heading.test(content) || dateLine.test(content));
  return {
    start,
    end,
    label: { start, end: bodyStart },
    sentences: isHeading ? [{ start: bodyStart, end }] : cutSentences(text, bodyStart, end),
    heading: isHeading && content.trim() !== "",
    block: false,
  };
}

function cutSentences(text: string, start: number, end: number): TextRange[] {
  const body = text.slice(start, end);
  const sentences: TextRange[] = [];
  let from = 0;
  sentenceEnd.lastIndex = 0;
  for (let match = sentenceEnd.exec(body); match !== null; match = sentenceEnd.exec(body)) {
    let to = match.index + match[0].length;
    if (match[0].startsWith(".") && abbreviation.test(body.slice(Math.max(0, to - 8), to))) continue;
    while (to < body.length && /\s/.test(body[to] as string)) to += 1;
    // A sentence that goes on in lower case did not end ("...", "approx. twelve").
    if (match[0].startsWith(".") && /^\p{Ll}/u.test(body.slice(to, to + 2))) continue;
    sentences.push({ start: start + from, end: start + to });
    from = to;
    sentenceEnd.lastIndex = to;
  }
  if (from < body.length) sentences.push({ start: start + from, end });
  return sentences;
}
