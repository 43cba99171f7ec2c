import { defaultTokenCounter } from "@langthrift/core";

/** Tokens of a text. */
export type PieceCount = (text: string) => number;

/** Counts by pieces that the encoding never joins, each once: thousands of texts of thousands of words are counted here. */
export async function loadPieceCount(): Promise<PieceCount> {
  const counter = await defaultTokenCounter();
  const known = new Map<string, number>();
  return (text) => {
    let total = 0;
    for (const piece of text.match(/ ?[\p{L}\p{M}'’]+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+\n*|\s+/gu) ?? []) {
      let tokens = known.get(piece);
      if (tokens === undefined) known.set(piece, (tokens = counter.count(piece)));
      total += tokens;
    }
    return total;
  };
}
