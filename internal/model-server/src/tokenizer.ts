import type { Tiktoken } from "js-tiktoken/lite";

/** o200k_base, safe on any text. */
export interface Tokenizer {
  encode(text: string): number[];
  decode(tokens: readonly number[]): string;
  count(text: string): number;
  /** The text in pieces of one token each, more where a character spans tokens. Joined they are the text again. */
  pieces(text: string): { readonly text: string; readonly tokens: number }[];
  /** The longest start of the text that has at most `tokens` tokens and ends with a whole character. */
  truncate(text: string, tokens: number): string;
}

let loading: Promise<Tokenizer> | undefined;

/** Loads the ranks once a process (about half a second). */
export function loadTokenizer(): Promise<Tokenizer> {
  loading ??= (async () => {
    const [lite, ranks] = await Promise.all([import("js-tiktoken/lite"), import("js-tiktoken/ranks/o200k_base")]);
    return createTokenizer(new lite.Tiktoken(ranks.default));
  })();
  return loading;
}

// js-tiktoken takes quadratic time on what its pattern sees as one word: 8,000 equal letters take seconds. Same limit as core's counter.
const longRun = /[\p{L}\p{M}]{256}|\s{256}|[^\s\p{L}\p{N}]{256}/gu;

function createTokenizer(tiktoken: Tiktoken): Tokenizer {
  // Long texts (a system prompt, a growing history) come again with every request.
  const recent = new Map<string, number[]>();

  function encode(text: string): number[] {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const tokens: number[] = [];
    let start = 0;
    for (const match of text.matchAll(longRun)) {
      const end = match.index + match[0].length;
      append(tokens, text.slice(start, end));
      start = end;
    }
    append(tokens, text.slice(start));
    if (recent.size >= 2_000) recent.clear();
    recent.set(text, tokens);
    return tokens;
  }

  function append(tokens: number[], text: string): void {
    // The two empty lists make "<|endoftext|>" ordinary text instead of an error.
    for (const token of tiktoken.encode(text, [], [])) tokens.push(token);
  }

  function decode(tokens: readonly number[]): string {
    return tiktoken.decode([...tokens]);
  }

  function pieces(text: string): { text: string; tokens: number }[] {
    const found: { text: string; tokens: number }[] = [];
    let held: number[] = [];
    let at = 0;
    for (const token of encode(text)) {
      held.push(token);
      const piece = decode(held);
      // Half a character decodes to U+FFFD, which then does not stand in the text.
      if (!text.startsWith(piece, at)) continue;
      found.push({ text: piece, tokens: held.length });
      at += piece.length;
      held = [];
    }
    if (at < text.length) found.push({ text: text.slice(at), tokens: held.length });
    return found;
  }

  function truncate(text: string, tokens: number): string {
    if (encode(text).length <= tokens) return text;
    let kept = "";
    let spent = 0;
    for (const piece of pieces(text)) {
      spent += piece.tokens;
      if (spent > tokens) break;
      kept += piece.text;
    }
    return kept;
  }

  return { encode, decode, count: (text) => encode(text).length, pieces, truncate };
}
