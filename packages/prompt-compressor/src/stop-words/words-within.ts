import type { BudgetPool } from "../engine/budget.ts";
import { normalizeWord } from "../preserve/guard-words.ts";
import type { Word } from "../text/words.ts";

/** Of the words that may go those that have to, for the budgets: the commonest first, of equals the earlier. */
export function wordsWithin(
  pools: readonly BudgetPool[],
  wordsOf: readonly (readonly Word[])[],
  count: (text: string) => number,
): Set<Word> {
  const gone = new Set<Word>();
  for (const { segments, tokens, budget } of pools) {
    const byWord = new Map<string, Word[]>();
    for (const segment of segments) {
      for (const word of wordsOf[segment] ?? []) {
        const key = normalizeWord(word.text);
        const list = byWord.get(key);
        if (list) list.push(word);
        else byWord.set(key, [word]);
      }
    }
    let left = tokens;
    for (const [key, list] of [...byWord].sort(([, a], [, b]) => b.length - a.length)) {
      const cost = count(` ${key}`);
      for (const word of list) {
        if (left <= budget) break;
        gone.add(word);
        left -= cost;
      }
    }
  }
  return gone;
}
