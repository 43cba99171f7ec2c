import type { TextRange } from "../text/edit.ts";

/**
 * Cuts a text into parts of at most `maxTokens`, at the last end mark before the limit, else at the last blank. A word longer than a part is a part.
 *
 * @param count Tokens of a text to the model, rather too many than too few.
 */
export function chunkRanges(text: string, maxTokens: number, endTokens: readonly string[], count: (text: string) => number): TextRange[] {
  const chunks: TextRange[] = [];
  let start = 0;
  let end = 0;
  let tokens = 0;
  let lastEnd = -1;
  for (const { 0: piece, index } of text.matchAll(/\S+\s*|\s+/g)) {
    const cost = count(piece);
    if (tokens + cost > maxTokens && end > start) {
      const cut = lastEnd > start ? lastEnd : end;
      chunks.push({ start, end: cut });
      start = cut;
      tokens = count(text.slice(start, index));
      lastEnd = -1;
    }
    tokens += cost;
    end = index + piece.length;
    if (endTokens.some((mark) => piece.trimEnd().endsWith(mark) || (mark.trim() === "" && piece.includes(mark)))) lastEnd = end;
  }
  if (start < text.length) chunks.push({ start, end: text.length });
  return chunks;
}
