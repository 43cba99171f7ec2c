import { accent, ideograph, invisible, run, wordOrPunctuation } from "./bert-characters.ts";

/** What a text became for the model. */
export interface TokenizedText {
  /** Word-piece ids, from `[CLS]` to `[SEP]`. */
  readonly ids: readonly number[];
  /** Whether word pieces were cut off to fit. */
  readonly truncated: boolean;
}

export interface WordPieceTokenizer {
  /**
   * Turns a text into at most `maxTokens` ids, `[CLS]` and `[SEP]` among them. Never throws.
   * It stops reading where the limit is reached, so a long text costs little more than a short one.
   */
  encode(text: string, maxTokens: number): TokenizedText;
}

const unknownToken = "[UNK]";
/** A longer word becomes one unknown piece, as in the reference tokenizer. Counted in code points. */
const maxWordLength = 100;

const specialTokens = /(\[(?:PAD|UNK|CLS|SEP|MASK)\])/;
const printableAscii = /^[\x21-\x7e]+$/;
/** Cleans, spaces out ideographs, strips accents and lowers case, in the order of BERT's normalizer. */
function normalize(text: string): string {
  if (printableAscii.test(text)) return text.toLowerCase();
  return (
    text
      .replace(invisible, "")
      .replace(ideograph, " $& ")
      .normalize("NFD")
      .replace(accent, "")
      // The reference lowers each character alone, JavaScript knows the final form of this one.
      .replaceAll("Σ", "σ")
      .toLowerCase()
  );
}

/**
 * The tokenizer of the uncased BERT models: greedy longest match of word pieces in a fixed vocabulary.
 *
 * Written here because the pure-JavaScript port in `@huggingface/tokenizers` 0.2.0 differs from the reference (Rust) on
 * ideographs beyond the basic plane and on a final sigma.
 *
 * @see Schuster & Nakajima 2012, "Japanese and Korean voice search"; Devlin et al. 2018, BERT.
 */
export function createWordPieceTokenizer(vocabulary: Readonly<Record<string, number>>): WordPieceTokenizer {
  const starts = new Map<string, number>();
  const continuations = new Map<string, number>();
  let longest = 1;
  for (const [piece, id] of Object.entries(vocabulary)) {
    const continued = piece.startsWith("##") && piece.length > 2;
    (continued ? continuations : starts).set(continued ? piece.slice(2) : piece, id);
    longest = Math.max(longest, piece.length);
  }
  const unknown = starts.get(unknownToken) ?? 0;
  const first = starts.get("[CLS]") ?? unknown;
  const last = starts.get("[SEP]") ?? unknown;

  function addWord(word: string, ids: number[]): void {
    const whole = starts.get(word);
    if (whole !== undefined) {
      ids.push(whole);
      return;
    }
    const before = ids.length;
    if (word.length > maxWordLength && Array.from(word).length > maxWordLength) {
      ids.push(unknown);
      return;
    }
    let from = 0;
    while (from < word.length) {
      const pieces = from === 0 ? starts : continuations;
      let to = Math.min(word.length, from + longest);
      let id: number | undefined;
      for (; to > from; to -= 1) {
        id = pieces.get(word.slice(from, to));
        if (id !== undefined) break;
      }
      if (id === undefined) {
        ids.length = before;
        ids.push(unknown);
        return;
      }
      ids.push(id);
      from = to;
    }
  }

  return {
    encode(text, maxTokens) {
      // One more than fits, to know whether anything is cut off.
      const room = maxTokens - 2;
      const ids: number[] = [];
      for (const [stretch] of text.matchAll(run)) {
        if (ids.length > room) break;
        for (const part of stretch.includes("[") ? stretch.split(specialTokens) : [stretch]) {
          if (specialTokens.test(part)) {
            ids.push(starts.get(part) ?? unknown);
            continue;
          }
          for (const [word] of normalize(part).matchAll(wordOrPunctuation)) {
            addWord(word, ids);
            if (ids.length > room) break;
          }
        }
      }
      const truncated = ids.length > room;
      if (truncated) ids.length = room;
      return { ids: [first, ...ids, last], truncated };
    },
  };
}
