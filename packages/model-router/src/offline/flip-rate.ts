import type { TrainedRouter } from "./load-router.ts";
import type { RouterPrediction } from "./router-artifact.ts";
import { seededRandom } from "./seeded.ts";

/** Share of decisions that change when a request is written a little differently, 0 to 1. */
export interface FlipRates {
  readonly whitespace: number;
  readonly case: number;
  readonly typo: number;
  /** Mean of the three. */
  readonly mean: number;
}

const MOST_ROWS = 500;

/** Decides again on the same requests with other layout, other case and a slip of the finger. */
export function flipRates(
  router: TrainedRouter,
  prompts: readonly string[],
  decide: (prediction: RouterPrediction) => string,
  seed: number,
): FlipRates {
  const random = seededRandom(seed);
  const sample =
    prompts.length > MOST_ROWS
      ? Array.from({ length: MOST_ROWS }, (_, at) => prompts[Math.floor((at * prompts.length) / MOST_ROWS)]!)
      : prompts;
  const rate = (change: (text: string) => string) => {
    if (sample.length === 0) return 0;
    const flips = sample.filter((prompt) => decide(router.predict(prompt)) !== decide(router.predict(change(prompt)))).length;
    return flips / sample.length;
  };
  const whitespace = rate((text) => `${text.replace(/ /g, "  ").replace(/\n/g, "\n\n")} `);
  const letters = rate((text) => (text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase()));
  const typo = rate((text) => withTypo(text, random));
  return { whitespace, case: letters, typo, mean: (whitespace + letters + typo) / 3 };
}

/** Two letters of one word change places. */
function withTypo(text: string, random: () => number): string {
  const words = [...text.matchAll(/\p{L}{4,}/gu)];
  const word = words[Math.floor(random() * words.length)];
  if (!word) return `${text}x`;
  const at = word.index + 1 + Math.floor(random() * (word[0].length - 2));
  return `${text.slice(0, at)}${text[at + 1]}${text[at]}${text.slice(at + 2)}`;
}
