import type { Block } from "../text/blocks.ts";
import type { Edit } from "../text/edit.ts";

/** Writes a line that stands three times or more in a row once, with a count: `retrying [x12]`. */
export function collapseRepeatedLines(text: string, blocks: readonly Block[]): Edit[] {
  const edits: Edit[] = [];
  let block = 0;
  let at = 0;
  let runStart = 0;
  let runEnd = 0;
  let runLine: string | undefined;
  let count = 0;

  const flush = (): void => {
    if (runLine !== undefined && count >= 3 && runLine.trim() !== "") {
      const mark = ` [x${count}]`;
      const firstEnd = runStart + runLine.length;
      if (runEnd - firstEnd > mark.length) edits.push({ start: firstEnd, end: runEnd, text: mark });
    }
    runLine = undefined;
    count = 0;
  };

  while (at < text.length) {
    while (block < blocks.length && (blocks[block] as Block).end <= at) block += 1;
    const blocked = blocks[block];
    const breakAt = text.indexOf("\n", at);
    const end = breakAt === -1 ? text.length : breakAt;
    if (blocked && blocked.start < end) {
      flush();
      at = Math.max(end + 1, blocked.end);
      continue;
    }
    const line = text.slice(at, end);
    if (line === runLine) {
      count += 1;
      runEnd = end;
    } else {
      flush();
      runLine = line;
      runStart = at;
      runEnd = end;
      count = 1;
    }
    at = end + 1;
  }
  flush();
  return edits;
}

const MIN_PARAGRAPH = 160;

/** Replaces a long paragraph that stands word for word further up by a reference that quotes its beginning. */
export function referDuplicateParagraphs(text: string, blocks: readonly Block[], seen: Set<string>): Edit[] {
  const edits: Edit[] = [];
  let block = 0;
  let at = 0;
  while (at < text.length) {
    const gap = /\n[ \t]*\n/g;
    gap.lastIndex = at;
    const match = gap.exec(text);
    const end = match ? match.index : text.length;
    const paragraph = text.slice(at, end);
    while (block < blocks.length && (blocks[block] as Block).end <= at) block += 1;
    const blocked = blocks[block];
    if (blocked && blocked.start < end) {
      at = Math.max(end + 1, blocked.end);
      continue;
    }
    const key = paragraph.trim();
    if (key.length >= MIN_PARAGRAPH) {
      if (seen.has(key)) {
        const start = at + paragraph.indexOf(key);
        edits.push({ start, end: start + key.length, text: `[again: "${firstWords(key)}…", as above]` });
      } else seen.add(key);
    }
    at = match ? end + match[0].length : text.length;
  }
  return edits;
}

function firstWords(text: string): string {
  const line = text.replace(/\s+/g, " ").slice(0, 48);
  const cut = line.lastIndexOf(" ");
  return cut > 20 ? line.slice(0, cut) : line;
}
