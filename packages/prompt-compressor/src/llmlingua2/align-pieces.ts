import type { TextRange } from "../text/edit.ts";
import { isAscii } from "../text/is-ascii.ts";

/** How far behind a piece that was not found the next one may begin. */
const MAX_GAP = 16;
/** What tokenizers leave out between pieces. */
const blank = /^[\s\p{M}\p{C}]*$/u;

/**
 * Finds the places of a tokenizer's pieces in a text, from left to right, for tokenizers that give no offsets. The marks of word pieces (`##`, `▁`, `Ġ`)
 * are taken off, case and accents do not count. Pieces follow each other with nothing but blanks between; `undefined` for one that does not (unknown
 * tokens), behind which the next is looked for a little further on. A literal "#" is found as what it is.
 */
export function alignPieces(text: string, pieces: readonly string[]): (TextRange | undefined)[] {
  const folded = fold(text);
  let at = 0;
  let isLost = false;
  return pieces.map((piece) => {
    for (const written of spellings(piece)) {
      const start = folded.slice(at, at + written.length + MAX_GAP).indexOf(written) + at;
      if (start < at || !(isLost || blank.test(text.slice(at, start)))) continue;
      at = start + written.length;
      isLost = false;
      return { start, end: at };
    }
    isLost = true;
    return undefined;
  });
}

function spellings(piece: string): string[] {
  const bare = fold(piece.replace(/^[▁Ġ\s]+/u, ""));
  return [...(bare.startsWith("##") && bare.length > 2 ? [bare.slice(2)] : []), bare].filter((written) => written !== "");
}

/** Lower case without accents, unit by unit, so that places stay what they are. */
function fold(text: string): string {
  return isAscii(text) ? text.toLowerCase() : text.replace(/[^]/g, foldUnit);
}

function foldUnit(unit: string): string {
  const bare = unit.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  return bare.length === 1 ? bare : unit;
}
