import type { TermIndex } from "../extractive/term-index.ts";
import type { Rows } from "./rows.ts";

const trouble =
  /\b(?:error|errors|err|exception|fail|fails|failed|failure|fatal|panic|critical|denied|refused|timed?[ -]?out|traceback|warn|warning|abort(?:ed)?|crash(?:ed)?|not found)\b|\b[A-Z]\w*(?:Error|Exception)\b|\b(?:status|code|HTTP\S*)["':\s=]+[45]\d\d\b|[✗✘❌]/i;
const stackLine = /^\s*(?:at \S|File "|Caused by|\^|\.\.\. \d+ more)/;

/**
 * What a row is worth to a reader of a tool's result: trouble and the head of a stack first, then changed lines of a diff, both ends, odd values, and
 * rows that look like no other; what repeats comes last.
 */
export function rowWorths(texts: readonly string[], { kind }: Rows, index: TermIndex): Float64Array {
  const worth = new Float64Array(texts.length);
  const shapes = new Map<string, number>();
  const odd = kind === "json" ? oddRows(texts) : new Set<number>();
  for (const [row, text] of texts.entries()) {
    const shape = text.replace(/\d+/g, "0").slice(0, 200);
    const seen = shapes.get(shape) ?? 0;
    shapes.set(shape, seen + 1);
    let sum = rarity(row, index);
    if (seen === 0) sum += 2;
    else if (seen > 2) sum -= 1;
    if (trouble.test(text)) sum += 8;
    if (stackLine.test(text) && !stackLine.test(texts[row - 1] ?? "")) sum += 6;
    if (odd.has(row)) sum += 8;
    if (kind === "diff") sum += /^(?:[-+]|@@|diff |index )/.test(text) ? 8 : 0;
    else if (row < 3 || row >= texts.length - 2) sum += 5;
    worth[row] = sum;
  }
  return worth;
}

/** From 0 to 1: how rare its words are. */
function rarity(row: number, { sentences, documentFrequency }: TermIndex): number {
  const terms = sentences[row] ?? [];
  if (terms.length === 0) return 0;
  const total = Math.max(2, sentences.length);
  return terms.reduce((sum, term) => sum + Math.log(total / (documentFrequency[term] as number)), 0) / (terms.length * Math.log(total));
}

const numberField = /"([^"\\]{1,60})"\s*:\s*(-?\d+(?:\.\d+)?)(?=\s*[,}\]])/g;

/** Rows with a number far from the others in its field: more than three standard deviations from the mean. */
function oddRows(texts: readonly string[]): Set<number> {
  const values = new Map<string, [row: number, value: number][]>();
  for (const [row, text] of texts.entries()) {
    for (const [, key = "", value = ""] of text.matchAll(numberField)) {
      const list = values.get(key);
      if (list) list.push([row, Number(value)]);
      else values.set(key, [[row, Number(value)]]);
    }
  }
  const odd = new Set<number>();
  for (const list of values.values()) {
    if (list.length < 12) continue;
    const mean = list.reduce((sum, [, value]) => sum + value, 0) / list.length;
    const deviation = Math.sqrt(list.reduce((sum, [, value]) => sum + (value - mean) ** 2, 0) / list.length);
    for (const [row, value] of list) if (Math.abs(value - mean) > 3 * deviation && deviation > 0) odd.add(row);
  }
  return odd;
}
