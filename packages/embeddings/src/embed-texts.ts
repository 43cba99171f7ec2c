import { setImmediate } from "node:timers/promises";
import type { Clock } from "@langthrift/core";
import type { WordPieceTokenizer } from "./word-piece-tokenizer.ts";

export interface EmbedTextsOptions {
  readonly tokenizer: WordPieceTokenizer;
  readonly maxTokens: number;
  /** The vector for the word pieces of a text, frame tokens included. */
  readonly encode: (ids: readonly number[]) => number[];
  readonly clock: Pick<Clock, "monotonic">;
  readonly signal?: AbortSignal | undefined;
}

export interface EmbeddedTexts {
  readonly vectors: number[][];
  readonly tokens: number;
  readonly truncated: number;
}

/** Longest stretch of work before other tasks of the process get a turn; one text may exceed it. */
const sliceMs = 10;

/** Embeds texts one after the other on this thread, with pauses in which an abort or other work can come in. */
export async function embedTexts(
  texts: readonly string[],
  { tokenizer, maxTokens, encode, clock, signal }: EmbedTextsOptions,
): Promise<EmbeddedTexts> {
  const vectors: number[][] = [];
  let tokens = 0;
  let truncated = 0;
  let sliceAt = clock.monotonic();
  for (const text of texts) {
    if (clock.monotonic() - sliceAt >= sliceMs) {
      await setImmediate();
      signal?.throwIfAborted();
      sliceAt = clock.monotonic();
    }
    const pieces = tokenizer.encode(text, maxTokens);
    tokens += pieces.ids.length;
    if (pieces.truncated) truncated += 1;
    vectors.push(encode(pieces.ids));
  }
  return { vectors, tokens, truncated };
}
