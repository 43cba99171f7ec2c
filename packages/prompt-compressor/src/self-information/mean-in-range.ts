import type { TextRange } from "../text/edit.ts";

/**
 * Means of piecewise values over ranges that are asked for in order. `undefined` for a range that no piece touches. Rounded, so that machines with
 * other floats choose alike.
 */
export function meanInRanges<T extends TextRange>(
  pieces: readonly T[],
  valueOf: (piece: T) => number,
  firstOnly = false,
): (range: TextRange) => number | undefined {
  let from = 0;
  return ({ start, end }) => {
    while ((pieces[from]?.end ?? Infinity) <= start) from += 1;
    let sum = 0;
    let count = 0;
    for (let at = from; at < pieces.length && (pieces[at] as T).start < end; at += 1) {
      sum += valueOf(pieces[at] as T);
      count += 1;
      if (firstOnly) break;
    }
    return count === 0 ? undefined : Math.round((sum / count) * 1e4) / 1e4;
  };
}
