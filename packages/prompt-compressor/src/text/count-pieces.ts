import type { TokenCounter } from "@langthrift/core";
import { matchByLine } from "./match-by-line.ts";

/** Counts tokens piece by piece, so that a word is encoded once and the time is linear. */
export interface PieceCounter {
  count(text: string): number;
  readonly exact: boolean;
}

const MAX_KNOWN = 200_000;
const known = new WeakMap<TokenCounter, Map<string, Map<string, number>>>();

// No byte-pair encoding in use merges across these boundaries: before a word, around a number, at the end of a line.
const ascii = /[^\r\n0-9A-Za-z]?[A-Za-z]+(?:'(?:s|t|re|ve|m|ll|d)\b)?|[0-9]{1,3}| ?[^\s0-9A-Za-z]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+/g;
const unicode =
  /[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+(?:'(?:s|t|re|ve|m|ll|d)\b)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;

/** Each piece begins where the last one ended, so that no match needs to be built. */
function scanAsciiPieces(text: string, onPiece: (piece: string, start: number) => void): void {
  let start = 0;
  ascii.lastIndex = 0;
  while (start < text.length && ascii.test(text)) {
    const end = ascii.lastIndex;
    onPiece(text.slice(start, end), start);
    start = end;
  }
}

/** The memo is shared by all counters over one `TokenCounter` and model, and bounded. */
export function pieceCounter(counter: TokenCounter, model?: string): PieceCounter {
  let byModel = known.get(counter);
  if (!byModel) known.set(counter, (byModel = new Map()));
  const key = model ?? "";
  let pieces = byModel.get(key);
  if (!pieces) byModel.set(key, (pieces = new Map()));
  const memo = pieces;

  return {
    exact: counter.isExact(model),
    count(text) {
      if (text === "") return 0;
      let total = 0;
      matchByLine(text, scanAsciiPieces, unicode, (piece) => {
        let tokens = memo.get(piece);
        if (tokens === undefined) {
          tokens = counter.count(piece, model);
          if (memo.size >= MAX_KNOWN) memo.clear();
          if (piece.length <= 64) memo.set(piece, tokens);
        }
        total += tokens;
      });
      return total;
    },
  };
}
