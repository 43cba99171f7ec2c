import type { Block } from "../text/blocks.ts";
import type { Edit } from "../text/edit.ts";

const blanks = /[ \t]+(?=\r?\n|$)|(?:\r?\n[ \t]*){3,}(?=\S|$)/g;

/** Deletes blanks at the ends of lines, and all but one of the blank lines in a row; indentation stays. */
export function squeezeWhitespace(text: string, blocks: readonly Block[]): Edit[] {
  const edits: Edit[] = [];
  let block = 0;
  blanks.lastIndex = 0;
  for (let match = blanks.exec(text); match !== null; match = blanks.exec(text)) {
    const start = match.index;
    let end = start + match[0].length;
    while (block < blocks.length && (blocks[block] as Block).end <= start) block += 1;
    const next = blocks[block];
    if (next && next.start < end) {
      // Inside of a block nothing is touched.
      if (next.start <= start) {
        blanks.lastIndex = next.end;
        continue;
      }
      end = next.start;
    }
    if (!match[0].includes("\n")) edits.push({ start, end, text: "" });
    else {
      const indentation = /[ \t]*$/.exec(text.slice(start, end))?.[0] ?? "";
      const replacement = end === text.length ? "\n" : `\n\n${indentation}`;
      if (replacement.length < end - start) edits.push({ start, end, text: replacement });
    }
  }
  return edits;
}
