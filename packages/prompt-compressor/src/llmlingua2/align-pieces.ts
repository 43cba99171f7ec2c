import type { TextRange } from "../text/edit.ts";

/** How far behind the last piece the next one may begin; more means that the tokenizer wrote something else. */
const MAX_GAP = 16;

/**
 * Finds the places of a tokenizer's pieces in a text, from left to right, for tokenizers that give no offsets. The marks of word pieces (`##`, `▁`, `Ġ`)
 * are taken off; `undefined` for a piece that is not found near the last one (unknown tokens, accents that were stripped). A literal "#" is found as what it is.
 */
export function alignPieces(text: string, pieces: readonly string[]): (TextRange | undefined)[] {
  const lower = text.toLowerCase();
  // Lower case may have another length ("İ"); then only pieces in the text's own case are found.
  const folded = lower.length === text.length ? lower : text;
  let at = 0;
  return pieces.map((piece) => {
    for (const written of spellings(piece)) {
      const start = nearest(text, folded, written, at);
      if (start === undefined) continue;
      at = start + written.length;
      return { start, end: at };
    }
    return undefined;
  });
}

function spellings(piece: string): string[] {
  const bare = piece.replace(/^[▁Ġ\s]+/u, "");
  return [...(bare.startsWith("##") && bare.length > 2 ? [bare.slice(2)] : []), bare].filter((written) => written !== "");
}

function nearest(text: string, folded: string, written: string, from: number): number | undefined {
  const window = text.slice(from, from + written.length + MAX_GAP);
  const exact = window.indexOf(written);
  if (exact >= 0) return from + exact;
  const loose = folded.slice(from, from + written.length + MAX_GAP).indexOf(written.toLowerCase());
  return loose >= 0 ? from + loose : undefined;
}
