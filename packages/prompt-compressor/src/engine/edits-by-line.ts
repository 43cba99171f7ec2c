import { applyEdits, type Edit } from "../text/edit.ts";

/** The edits of some lines in a row. */
interface LineGroup {
  readonly start: number;
  readonly end: number;
  readonly edits: readonly Edit[];
}

/**
 * Keeps the edits of those lines that pass on their own; an edit that spans lines belongs to the line it begins in. Looks at halves first, so that a
 * few bad lines of a long text cost a few looks at it instead of one at every line.
 */
export function editsByLine(
  text: string,
  edits: readonly Edit[],
  passes: (before: string, after: string, edits: readonly Edit[]) => boolean,
): Edit[] {
  const passing = (groups: readonly LineGroup[]): Edit[] => {
    const [first, last] = [groups[0], groups.at(-1)];
    if (!first || !last) return [];
    const all = groups.flatMap((group) => group.edits);
    const part = text.slice(first.start, last.end);
    const local = all.map((edit) => ({ start: edit.start - first.start, end: edit.end - first.start, text: edit.text }));
    if (passes(part, applyEdits(part, local), local)) return all;
    if (groups.length === 1) return [];
    const middle = groups.length >> 1;
    return [...passing(groups.slice(0, middle)), ...passing(groups.slice(middle))];
  };
  return passing(groupByLine(text, edits));
}

function groupByLine(text: string, edits: readonly Edit[]): LineGroup[] {
  const groups: LineGroup[] = [];
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
    groups.push({ start, end, edits: group });
  }
  return groups;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at === -1 ? text.length : at;
}
