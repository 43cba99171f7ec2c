import { scanJson, scanString } from "../text/scan-json.ts";
import type { TextRange } from "../text/edit.ts";

/** A tool's result as rows: elements of a JSON array, or lines. */
export interface Rows {
  readonly kind: "json" | "diff" | "lines";
  readonly rows: readonly TextRange[];
  /** What stands for rows that were left out. */
  mark(count: number): string;
}

const MIN_ROWS = 8;

/** `undefined`: too few rows, or nothing that has rows. */
export function findRows(text: string): Rows | undefined {
  const start = text.search(/\S/);
  if (start >= 0 && (text[start] === "[" || text[start] === "{") && scanJson(text, start) !== undefined) {
    const rows = longestArray(text, start);
    return rows.length < MIN_ROWS ? undefined : { kind: "json", rows, mark: (count) => JSON.stringify(`[${count} rows omitted]`) };
  }
  const rows = linesOf(text);
  if (rows.length < MIN_ROWS) return undefined;
  const kind = /^@@ .* @@/m.test(text) ? "diff" : "lines";
  return { kind, rows, mark: (count) => `[${count} lines omitted]` };
}

/** The elements of the longest array that is not inside of another array, in one pass over valid JSON. */
function longestArray(text: string, start: number): TextRange[] {
  let best: TextRange[] = [];
  // What is open: its bracket, and for the outermost array its elements.
  const open: string[] = [];
  let elements: TextRange[] | undefined;
  let arrayDepth = 0;
  let elementStart = -1;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] as string;
    if (" \t\r\n".includes(character)) continue;
    const inArray = elements !== undefined && open.length === arrayDepth;
    if (inArray && (character === "," || character === "]")) {
      if (elementStart >= 0) elements?.push({ start: elementStart, end: elementStart + text.slice(elementStart, at).trimEnd().length });
      elementStart = -1;
      if (character === "]") {
        if ((elements?.length ?? 0) > best.length) best = elements as TextRange[];
        elements = undefined;
        open.pop();
      }
      continue;
    }
    if (inArray && elementStart < 0) elementStart = at;
    if (character === '"') at = (scanString(text, at) ?? text.length) - 1;
    else if (character === "[" || character === "{") {
      open.push(character);
      if (character === "[" && elements === undefined) {
        elements = [];
        arrayDepth = open.length;
      }
    } else if (character === "]" || character === "}") open.pop();
  }
  return best;
}

function linesOf(text: string): TextRange[] {
  const lines: TextRange[] = [];
  for (let start = 0; start < text.length;) {
    const breakAt = text.indexOf("\n", start);
    const end = breakAt === -1 ? text.length : breakAt;
    lines.push({ start, end });
    start = end + 1;
  }
  return lines;
}
