/** Offsets in UTF-16 code units, end excluded. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Replaces a range by a text; an empty text deletes it. */
export interface Edit extends TextRange {
  readonly text: string;
}

/** Applies edits that are in order and do not overlap. Everything between them is copied, so no character is ever cut or re-encoded. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  const parts: string[] = [];
  let at = 0;
  for (const edit of edits) {
    if (edit.start > at) parts.push(text.slice(at, edit.start));
    if (edit.text !== "") parts.push(edit.text);
    at = edit.end;
  }
  parts.push(text.slice(at));
  return parts.join("");
}

/** The edits that lead back: applied to the result they give the original. */
export function invertEdits(text: string, edits: readonly Edit[]): Edit[] {
  let shift = 0;
  return edits.map(({ start, end, text: inserted }) => {
    const from = start + shift;
    shift += inserted.length - (end - start);
    return { start: from, end: from + inserted.length, text: text.slice(start, end) };
  });
}

/** Sorts edits, and of overlapping ones keeps the first. */
export function orderEdits(edits: readonly Edit[]): Edit[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Edit[] = [];
  let end = -1;
  for (const edit of sorted) {
    if (edit.start < end) continue;
    kept.push(edit);
    end = edit.end;
  }
  return kept;
}

/** Deletions of all that lies outside the kept ranges, which are in order and do not overlap. */
export function keepRanges(length: number, kept: readonly TextRange[]): Edit[] {
  const edits: Edit[] = [];
  let at = 0;
  for (const { start, end } of kept) {
    if (start > at) edits.push({ start: at, end: start, text: "" });
    at = Math.max(at, end);
  }
  if (at < length) edits.push({ start: at, end: length, text: "" });
  return edits;
}
