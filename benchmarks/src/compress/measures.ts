import type { Conversation, Question } from "./conversations.ts";

/** Lower case, one blank between words, no punctuation: how answers and texts are compared. */
export function normalize(text: string): string {
  return ` ${text
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(/[^\p{L}\p{N}']+/gu, " ")
    .trim()} `;
}

const functionWords = new Set(
  `a an the of to in on at for and or is are was were be been with by from as it its his her their they he she that this i you we my your our not no yes
  s t`.split(/\s+/),
);

export function contentWords(text: string): string[] {
  return [...new Set(normalize(text).trim().split(" "))].filter((word) => word !== "" && !functionWords.has(word));
}

/** A question whose answer can be looked for in the text. */
export interface Target {
  readonly question: Question;
  /** Content words of the answer that stand in the turns. */
  readonly terms: readonly string[];
  /** The answer stands in the turns word for word. */
  readonly span: string | undefined;
}

export function targetsOf({ turns, questions }: Conversation): Target[] {
  const body = normalize(turns.map(({ text }) => text).join(" | "));
  const known = new Set(body.trim().split(" "));
  return questions.map((question) => {
    const written = normalize(question.answer);
    const hasContent = contentWords(question.answer).length > 0;
    return {
      question,
      terms: contentWords(question.answer).filter((word) => known.has(word)),
      span: hasContent && body.includes(written) ? written : undefined,
    };
  });
}

export const negationAndCondition = new Set(
  `not no nor never none nobody nothing nowhere neither cannot without unless except if only hardly barely ain't aren't can't couldn't didn't doesn't don't
  hadn't hasn't haven't isn't shouldn't wasn't weren't won't wouldn't`.split(/\s+/),
);

/** How often each word of the set stands in a text. */
export function countWords(text: string, set: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of normalize(text).trim().split(" ")) if (set.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

export function countNumerals(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const numeral of text.match(/\d+(?:[.,:/]\d+)*/g) ?? []) counts.set(numeral, (counts.get(numeral) ?? 0) + 1);
  return counts;
}

/** Kept and total occurrences; what is there more often than before counts once. */
export function keptOf(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): { kept: number; total: number } {
  let kept = 0;
  let total = 0;
  for (const [word, count] of before) {
    total += count;
    kept += Math.min(count, after.get(word) ?? 0);
  }
  return { kept, total };
}

/** Words on which the sum of a word problem depends. */
export const relationWords = new Set(
  `twice thrice half third quarter double triple each every per more less fewer than times total altogether rest remaining remainder left both all only if same
  another other between before after first second last next equal equally much many any most least percent`.split(/\s+/),
);
