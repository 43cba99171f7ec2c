import { negationWords, normalizeWord } from "../preserve/guard-words.ts";
import type { Segment } from "../segment.ts";
import { eachWord } from "../text/words.ts";
import type { Unit } from "./units.ts";

/** Negations and conditions in each unit. */
export function countNegations(units: readonly Unit[], segments: readonly Segment[]): Float64Array {
  // Words repeat: each is judged once.
  let judged: Map<string, boolean> | undefined;
  let judgedFor: string | undefined;
  return Float64Array.from(units, ({ text, segment }) => {
    const { language } = segments[segment] as Segment;
    if (judged === undefined || language !== judgedFor) [judged, judgedFor] = [new Map(), language];
    const known = judged;
    let count = 0;
    eachWord(text, (word) => {
      let turns = known.get(word);
      if (turns === undefined) known.set(word, (turns = turnsAround(normalizeWord(word), language)));
      if (turns) count += 1;
    });
    return count;
  });
}

function turnsAround(word: string, language: string | undefined): boolean {
  return word.endsWith("n't") || (negationWords(language).has(word) && !weak.has(word));
}

/** Kept by the guard inside of sentences, but too common to let a sentence stay for their sake. */
const weak: ReadonlySet<string> = new Set(["but", "aber", "mais", "pero", "que", "n"]);
