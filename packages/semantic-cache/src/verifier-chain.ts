import { InvalidOptionError } from "@langthrift/core";
import type { Judge } from "./judge.ts";

/** Options of `rerankerJudge`. */
export interface RerankerJudgeOptions {
  /** How well a stored question fits a new one, higher is closer: a cross-encoder, a reranking service. May reject. */
  readonly score: (question: string, cachedQuestion: string) => Promise<number>;
  /** Scores of at least this are "same". On the scale of `score`, so there is no default: calibrate it on pairs of your own. */
  readonly same: number;
  /** Scores below this are "different"; those between are "unsure". @default same */
  readonly different?: number;
}

/**
 * A judge that scores the two questions and looks at no answer. Cheaper than a chat model, so it may stand before one in `judgesInTurn`.
 *
 * @throws {InvalidOptionError} when the limits are no numbers or in the wrong order.
 */
export function rerankerJudge({ score, same, different = same }: RerankerJudgeOptions): Judge {
  if (typeof same !== "number" || Number.isNaN(same)) throw new InvalidOptionError(`\`same\` is ${same}. Pass a score.`);
  if (!(different <= same)) throw new InvalidOptionError(`\`different\` is ${different}. Pass a score no higher than \`same\`, ${same}.`);
  return async ({ question, cachedQuestion }) => {
    const value = await score(question, cachedQuestion);
    if (Number.isNaN(value)) return "unsure";
    if (value >= same) return "same";
    return value < different ? "different" : "unsure";
  };
}

/**
 * Asks the judges one after the other, cheapest first, until one is sure; one that rejects is passed over. "unsure" when none is.
 *
 * @throws {InvalidOptionError} without a judge.
 */
export function judgesInTurn(...judges: readonly Judge[]): Judge {
  if (judges.length === 0) throw new InvalidOptionError("judgesInTurn() got no judge. Pass at least one.");
  return async (pair) => {
    let failure: { readonly error: unknown } | null = null;
    let hesitated = false;
    for (const judge of judges) {
      try {
        const verdict = await judge(pair);
        if (verdict !== "unsure") return verdict;
        hesitated = true;
      } catch (error) {
        failure ??= { error };
      }
    }
    // When all failed, the cache is to count it.
    if (failure && !hesitated) throw failure.error;
    return "unsure";
  };
}
