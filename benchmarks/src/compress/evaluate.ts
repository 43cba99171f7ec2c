import type { Conversation } from "./conversations.ts";
import { countNumerals, countWords, keptOf, negationAndCondition, normalize, targetsOf, type Target } from "./measures.ts";

/** Sums over one conversation, so that conversations can be drawn again for the interval. */
export interface Counts {
  spans: number;
  spansKept: number;
  answers: number;
  termsKept: number;
  evidence: number;
  evidenceKept: number;
  negations: number;
  negationsKept: number;
  numerals: number;
  numeralsKept: number;
  tokens: number;
  tokensKept: number;
}

export function emptyCounts(): Counts {
  return {
    spans: 0,
    spansKept: 0,
    answers: 0,
    termsKept: 0,
    evidence: 0,
    evidenceKept: 0,
    negations: 0,
    negationsKept: 0,
    numerals: 0,
    numeralsKept: 0,
    tokens: 0,
    tokensKept: 0,
  };
}

/** A conversation with what is looked for in it. */
export interface Subject {
  readonly conversation: Conversation;
  readonly targets: readonly Target[];
  readonly tokens: number;
  readonly negations: ReadonlyMap<string, number>;
  readonly numerals: ReadonlyMap<string, number>;
  /** Sentences of each turn as they are compared, by id. */
  readonly turns: ReadonlyMap<string, readonly string[]>;
}

export function subjectOf(conversation: Conversation, tokens: number): Subject {
  const turns = new Map(conversation.turns.map(({ id, text }) => [id, sentencesOf(text)]));
  const { text } = conversation;
  return {
    conversation,
    targets: targetsOf(conversation),
    tokens,
    negations: countWords(text, negationAndCondition),
    numerals: countNumerals(text),
    turns,
  };
}

/** Looks for the answers to all questions in a text, or to one in the text made for it. */
export function addAnswers(counts: Counts, { turns }: Subject, shortened: string, targets: readonly Target[]): void {
  const text = normalize(shortened);
  const words = new Set(text.trim().split(" "));
  for (const { span, terms, question } of targets) {
    if (span !== undefined) {
      counts.spans += 1;
      if (text.includes(span)) counts.spansKept += 1;
    }
    if (terms.length > 0) {
      counts.answers += 1;
      counts.termsKept += terms.filter((term) => words.has(term)).length / terms.length;
    }
    for (const id of question.evidence) {
      const sentences = turns.get(id) ?? [];
      if (sentences.length === 0) continue;
      counts.evidence += 1;
      counts.evidenceKept += sentences.filter((sentence) => text.includes(sentence)).length / sentences.length;
    }
  }
}

function sentencesOf(text: string): string[] {
  return (text.match(/[^.!?]+[.!?]*/g) ?? []).map(normalize).filter((sentence) => sentence.trim() !== "");
}

export function addWords(counts: Counts, { negations, numerals, tokens }: Subject, shortened: string, tokensKept: number): void {
  const negation = keptOf(negations, countWords(shortened, negationAndCondition));
  const numeral = keptOf(numerals, countNumerals(shortened));
  counts.negations += negation.total;
  counts.negationsKept += negation.kept;
  counts.numerals += numeral.total;
  counts.numeralsKept += numeral.kept;
  counts.tokens += tokens;
  counts.tokensKept += tokensKept;
}

export type Measure = "span" | "terms" | "evidence" | "negation" | "numerals" | "kept";

export function ratioOf(counts: readonly Counts[], measure: Measure): number {
  const sum = (field: keyof Counts): number => counts.reduce((total, one) => total + one[field], 0);
  switch (measure) {
    case "span":
      return sum("spansKept") / sum("spans");
    case "terms":
      return sum("termsKept") / sum("answers");
    case "evidence":
      return sum("evidenceKept") / sum("evidence");
    case "negation":
      return sum("negationsKept") / sum("negations");
    case "numerals":
      return sum("numeralsKept") / sum("numerals");
    case "kept":
      return sum("tokensKept") / sum("tokens");
  }
}

/** 95 % of the ratios over conversations drawn with replacement. */
export function interval(counts: readonly Counts[], measure: Measure, random: () => number, rounds = 1000): [low: number, high: number] {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ratios.push(
      ratioOf(
        counts.map(() => counts[Math.floor(random() * counts.length)] as Counts),
        measure,
      ),
    );
  }
  ratios.sort((a, b) => a - b);
  return [ratios[Math.floor(0.025 * rounds)] as number, ratios[Math.ceil(0.975 * rounds) - 1] as number];
}
