import { applyEdits, type Edit } from "../text/edit.ts";

/** Keeps the edits of those lines that pass on their own; an edit that spans lines belongs to the line it begins in. */
export function editsByLine(
  text: string,
  edits: readonly Edit[],
  passes: (before: string, after: string, edits: readonly Edit[]) => boolean,
): Edit[] {
  const kept: Edit[] = [];
  let index = 0;
  while (index < edits.length) {
    const first = edits[index] as Edit;
    const start = text.lastIndexOf("\n", first.start - 1) + 1;
    let end = lineEnd(text, first.end);
    const group = [first];
    index += 1;
    for (let next = edits[index]; next && next.start < end; next = edits[index]) {
      group.push(next);
      end = Math.max(end, lineEnd(text, next.end));
      index += 1;
    }
    const line = text.slice(start, end);
    const local = group.map((edit) => ({ start: edit.start - start, end: edit.end - start, text: edit.text }));
    if (passes(line, applyEdits(line, local), local)) kept.push(...group);
  }
  return kept;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at === -1 ? text.length : at;
}
