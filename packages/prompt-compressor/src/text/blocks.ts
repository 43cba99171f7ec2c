import type { TextRange } from "./edit.ts";
import { scanJson } from "./scan-json.ts";

export interface Block extends TextRange {
  readonly kind: "fence" | "json" | "table";
}

const fenceStart = /^[ \t]*(`{3,}|~{3,})[^\n]*$/gm;
const jsonStart = /[{[](?=\s*["{[\]}\d-])/g;
const tableRow = /^[ \t]*\|[^\n]*\|[ \t]*(?:\n|$)/gm;

/** Parts that are kept or dropped as one: fenced code, JSON values, tables of two rows or more. In order, not overlapping. */
export function findBlocks(text: string): Block[] {
  const blocks = text.includes("```") || text.includes("~~~") ? findFences(text) : [];
  if (/[{[]/.test(text)) addJson(text, blocks);
  if (text.includes("|")) addTables(text, blocks);
  return blocks.sort((a, b) => a.start - b.start);
}

/** Fences run to a closing line of the same mark, or to the end of the text. */
function findFences(text: string): Block[] {
  const fences: Block[] = [];
  fenceStart.lastIndex = 0;
  let open: { start: number; mark: string } | undefined;
  for (let match = fenceStart.exec(text); match !== null; match = fenceStart.exec(text)) {
    const mark = match[1] as string;
    if (!open) open = { start: match.index, mark };
    else if (mark[0] === open.mark[0] && mark.length >= open.mark.length && match[0].trim() === mark) {
      fences.push({ kind: "fence", start: open.start, end: match.index + match[0].length });
      open = undefined;
    }
  }
  if (open) fences.push({ kind: "fence", start: open.start, end: text.length });
  return fences;
}

function addJson(text: string, blocks: Block[]): void {
  const taken = [...blocks];
  jsonStart.lastIndex = 0;
  for (let match = jsonStart.exec(text); match !== null; match = jsonStart.exec(text)) {
    const inside = taken.find(({ start, end }) => match.index >= start && match.index < end);
    if (inside) {
      jsonStart.lastIndex = inside.end;
      continue;
    }
    const end = scanJson(text, match.index);
    if (end === undefined) continue;
    jsonStart.lastIndex = end;
    // A citation such as [1, 2] is prose.
    if (/^\[[\d\s,]*\]$/.test(text.slice(match.index, Math.min(end, match.index + 40))) && end - match.index < 40) continue;
    blocks.push({ kind: "json", start: match.index, end });
  }
}

function addTables(text: string, blocks: Block[]): void {
  const taken = [...blocks];
  const rows: TextRange[] = [];
  tableRow.lastIndex = 0;
  for (let match = tableRow.exec(text); match !== null; match = tableRow.exec(text)) {
    const end = match.index + match[0].length;
    const last = rows.at(-1);
    if (last && last.end === match.index) rows[rows.length - 1] = { start: last.start, end };
    else rows.push({ start: match.index, end });
    if (match[0] === "") break;
  }
  for (const row of rows) {
    const lines = text.slice(row.start, row.end).trimEnd().split("\n").length;
    if (lines < 2 || taken.some(({ start, end }) => row.start < end && start < row.end)) continue;
    blocks.push({ kind: "table", start: row.start, end: row.end });
  }
}
