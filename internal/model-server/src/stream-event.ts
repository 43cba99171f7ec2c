/** One server-sent event. */
export interface StreamEvent {
  /** The `event:` line; chat completions have none. */
  readonly name?: string;
  /** JSON, or "[DONE]" as it is. */
  readonly data: unknown;
  /** Output tokens it carries. Only events that carry some count as content: before each the stream waits, and half of them precede a cut. */
  readonly tokens: number;
}

/** Groups pieces of a text into parts of about so many tokens. */
export function groupPieces<Piece extends { readonly tokens: number }>(pieces: readonly Piece[], tokens: number): Piece[][] {
  const groups: Piece[][] = [];
  let room = 0;
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (last === undefined || room < piece.tokens) {
      groups.push([piece]);
      room = tokens - piece.tokens;
    } else {
      last.push(piece);
      room -= piece.tokens;
    }
  }
  return groups;
}
