import type { Guard } from "../guards/guard.ts";
import type { Judge } from "../judge.ts";
import { dot } from "./embedding-memo.ts";

const SAME_ANSWER = 0.9;
/** Encoders cut longer texts off; about their 256 tokens. */
const COMPARED_CHARACTERS = 1000;

/**
 * Compares two answers without a model call: equal but for case, punctuation and spaces, else close in meaning with nothing that the
 * guards refuse in questions or answers. Far apart is "unsure", as two right answers may be worded differently.
 */
export function answerJudge(embed: (text: string) => Promise<Float32Array>, guards: readonly Guard[]): Judge {
  const passes = (a: string, b: string, similarity: number): boolean => guards.every((guard) => guard.check(a, b, { similarity }) === null);
  return async ({ question, cachedQuestion, answer, cachedAnswer, similarity }) => {
    if (answer === undefined) return "unsure";
    const [fresh, cached] = [normalizeAnswer(answer), normalizeAnswer(cachedAnswer)];
    if (fresh === cached) return "same";
    const [a, b] = await Promise.all([embed(answer.slice(0, COMPARED_CHARACTERS)), embed(cachedAnswer.slice(0, COMPARED_CHARACTERS))]);
    const cosine = dot(a, b);
    if (cosine >= SAME_ANSWER) {
      return passes(answer, cachedAnswer, cosine) && passes(question, cachedQuestion, similarity) ? "same" : "unsure";
    }
    return "unsure";
  };
}

/** Lower case, without punctuation, spaces folded: what makes no difference between two answers. */
export function normalizeAnswer(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
