import { sentencesOf } from "../text/sentences.ts";
import { isContentWord, wordsOf } from "../text/words.ts";

export interface ExtractInput {
  /** Each with its speaker; sentences never cross a passage. */
  readonly passages: readonly { readonly speaker?: string | undefined; readonly text: string }[];
  /** Most tokens of the result. */
  readonly maxTokens: number;
  readonly countTokens: (text: string) => number;
}

interface Candidate {
  readonly passage: number;
  readonly text: string;
  readonly tokens: number;
  readonly stems: ReadonlySet<string>;
  readonly facts: number;
}

const FACT_WEIGHT = 6;

/**
 * The sentences that say most in few tokens, in their original order, one line a passage.
 * score = (sum of idf of the sentence's content stems + 6 × facts) / sqrt(tokens); facts are numbers and date words, and half a point
 * for each capitalised word inside the sentence. Greedy by score. Not TextRank: on chat it picks the greetings.
 */
export function extract({ passages, maxTokens, countTokens }: ExtractInput): string {
  const candidates = candidatesOf(passages, countTokens);
  const frequency = new Map<string, number>();
  for (const { stems } of candidates) for (const stem of stems) frequency.set(stem, (frequency.get(stem) ?? 0) + 1);
  const idf = (stem: string) => Math.log(1 + candidates.length / (frequency.get(stem) ?? 1));

  const ranked = candidates
    .map((candidate, index) => {
      let sum = FACT_WEIGHT * candidate.facts;
      for (const stem of candidate.stems) sum += idf(stem);
      return { index, score: sum / Math.sqrt(candidate.tokens) };
    })
    .sort((a, b) => b.score - a.score || a.index - b.index);

  const labelTokens = passages.map(({ speaker }) => (speaker === undefined ? 1 : countTokens(`${speaker}: \n`)));
  const chosen = new Set<number>();
  const labelled = new Set<number>();
  const seen = new Set<string>();
  let left = maxTokens;
  for (const { index, score } of ranked) {
    if (score <= 0) break;
    const { passage, tokens, text } = candidates[index] as Candidate;
    const cost = tokens + 1 + (labelled.has(passage) ? 0 : (labelTokens[passage] as number));
    // The same sentence twice says nothing more.
    if (cost > left || seen.has(text)) continue;
    seen.add(text);
    chosen.add(index);
    labelled.add(passage);
    left -= cost;
  }
  return render(candidates, chosen, passages);
}

function candidatesOf(passages: ExtractInput["passages"], countTokens: (text: string) => number): Candidate[] {
  const candidates: Candidate[] = [];
  for (const [passage, { text }] of passages.entries()) {
    for (const sentence of sentencesOf(text)) {
      const words = wordsOf(sentence);
      let facts = 0;
      for (const [position, word] of words.entries()) {
        if (word.numeric || dateWords.has(word.text)) facts += 1;
        else if (word.capitalised && position > 0 && word.text !== "i" && !word.text.startsWith("i'")) facts += 0.5;
      }
      const stems = new Set(words.filter(isContentWord).map(({ stem }) => stem));
      candidates.push({ passage, text: sentence, tokens: Math.max(1, countTokens(sentence)), stems, facts });
    }
  }
  return candidates;
}

function render(candidates: readonly Candidate[], chosen: ReadonlySet<number>, passages: ExtractInput["passages"]): string {
  const lines: string[] = [];
  let last = -1;
  for (const [index, { passage, text }] of candidates.entries()) {
    if (!chosen.has(index)) continue;
    const speaker = passages[passage]?.speaker;
    if (passage === last) lines[lines.length - 1] += ` ${text}`;
    else lines.push(speaker === undefined ? text : `${speaker}: ${text}`);
    last = passage;
  }
  return lines.join("\n");
}

const dateWords = new Set(
  `monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november
  december today tomorrow yesterday tonight week weekend month year morning evening noon midnight ago`.split(/\s+/u),
);
