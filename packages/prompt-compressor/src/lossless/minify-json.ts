import type { Edit } from "../text/edit.ts";
import { scanString } from "../text/scan-json.ts";

/**
 * Deletions of the blanks outside of strings. A scanner and not `JSON.stringify(JSON.parse(x))`, which loses duplicate keys, digits beyond 2^53
 * and the difference between 1.0 and 1.
 *
 * @param start Where a JSON value begins; it must be valid up to `end`.
 */
export function minifyJson(text: string, start: number, end: number): Edit[] {
  const edits: Edit[] = [];
  let position = start;
  while (position < end) {
    const character = text[position] as string;
    if (character === '"') {
      position = scanString(text, position) ?? end;
    } else if (" \t\n\r".includes(character)) {
      const from = position;
      while (position < end && " \t\n\r".includes(text[position] as string)) position += 1;
      edits.push({ start: from, end: position, text: "" });
    } else position += 1;
  }
  return edits;
}
