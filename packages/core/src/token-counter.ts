import type { Logger } from "./logger.ts";
import { resolveLogger } from "./logger.ts";

/** Counts tokens. Synchronous, and never throws. */
export interface TokenCounter {
  /** Tokens of a text, as `model` counts them. Never throws. */
  count(text: string, model?: string): number;
  /** Whether the count is the provider's own; else a usage made from it is `estimated`. */
  isExact(model?: string): boolean;
}

/** Four characters a token: no ranks to load, about a quarter too high for English. */
export const approximateTokenCounter: TokenCounter = {
  count: (text) => Math.ceil(text.length / 4),
  isExact: () => false,
};

/** Options of {@link defaultTokenCounter}. */
export interface DefaultTokenCounterOptions {
  /** Told once of each kind of failure; `false` is silent. @default console */
  readonly logger?: Logger | false;
}

let loading: Promise<TokenCounter> | undefined;

/**
 * OpenAI's own encodings through `js-tiktoken`, loaded at the first call (about half a second) and shared by the process.
 * Exact for the text of OpenAI models, an estimate for others. Where the ranks cannot be loaded: the approximate counter.
 */
export function defaultTokenCounter({ logger }: DefaultTokenCounterOptions = {}): Promise<TokenCounter> {
  loading ??= loadTiktoken().catch((error: unknown) => {
    resolveLogger(logger)?.warn("js-tiktoken could not be loaded; tokens are counted as characters / 4.", { error: String(error) });
    return approximateTokenCounter;
  });
  return loading;
}

async function loadTiktoken(): Promise<TokenCounter> {
  const [{ Tiktoken }, { default: o200k }] = await Promise.all([import("js-tiktoken/lite"), import("js-tiktoken/ranks/o200k_base")]);
  const modern = new Tiktoken(o200k);
  // The older encoding is needed only by old models; most processes never load it.
  let older: InstanceType<typeof Tiktoken> | undefined;
  let olderLoading = false;

  function encoderOf(model: string | undefined): InstanceType<typeof Tiktoken> {
    if (model === undefined || !usesOlderEncoding(model)) return modern;
    if (!older && !olderLoading) {
      olderLoading = true;
      void import("js-tiktoken/ranks/cl100k_base").then(
        ({ default: ranks }) => {
          older = new Tiktoken(ranks);
        },
        () => undefined,
      );
    }
    return older ?? modern;
  }

  return {
    count(text, model) {
      if (text === "") return 0;
      const encoder = encoderOf(model);
      const pieces = cutRuns(text);
      if (pieces.length === 1) return encoder.encode(text, [], []).length;
      // The pieces of a run are mostly the same one again.
      const known = new Map<string, number>();
      let total = 0;
      for (const piece of pieces) {
        let tokens = known.get(piece);
        if (tokens === undefined) known.set(piece, (tokens = encoder.encode(piece, [], []).length));
        total += tokens;
      }
      return total;
    },
    isExact: (model) => model !== undefined && isOpenAiModel(model) && (!usesOlderEncoding(model) || older !== undefined),
  };
}

const MAX_RUN = 256;
// A run of letters, of blanks, or of other characters is one piece to the encoder, whose time grows with the square of its length.
const longRun = new RegExp(`[\\p{L}\\p{M}]{${MAX_RUN},}|\\s{${MAX_RUN},}|[^\\s\\p{L}\\p{N}]{${MAX_RUN},}`, "u");

/** Cuts runs that the encoder would take seconds for; ordinary text comes back whole. */
function cutRuns(text: string): readonly string[] {
  if (!longRun.test(text)) return [text];
  const pieces: string[] = [];
  let rest = text;
  for (;;) {
    const match = longRun.exec(rest);
    if (!match) break;
    if (match.index > 0) pieces.push(rest.slice(0, match.index));
    for (let at = 0; at < match[0].length; at += MAX_RUN) pieces.push(match[0].slice(at, at + MAX_RUN));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== "") pieces.push(rest);
  return pieces;
}

function usesOlderEncoding(model: string): boolean {
  return /^(?:ft:)?(?:gpt-4(?!o|\.|-o)|gpt-3\.5|gpt-35|text-embedding-)/.test(model);
}

function isOpenAiModel(model: string): boolean {
  return /^(?:ft:)?(?:gpt-|o\d|chatgpt-|text-embedding-)/.test(model);
}
