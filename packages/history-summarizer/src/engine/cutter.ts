import type { HistoryTokens } from "./history-tokens.ts";
import { fractionTokens, type Size } from "./size.ts";
import type { CutPoints } from "./units.ts";

export interface CutterInput {
  readonly points: CutPoints;
  readonly keep: Size;
  readonly history: HistoryTokens;
  readonly from: number;
  readonly contextTokens: number | undefined;
  /** Tokens for which a summary is worth its while. */
  readonly worthwhile: number;
}

export interface Cutter {
  /** Where the history would be cut while it is `end` messages long; `from` where it cannot be. */
  at(end: number): number;
}

export function createCutter({ points, keep, history, from, contextTokens, worthwhile }: CutterInput): Cutter {
  const budget = keep.tokens ?? (keep.fraction === undefined ? undefined : fractionTokens(keep.fraction, contextTokens));
  function firstKept(end: number): number {
    if (budget === undefined) return Math.max(0, end - (keep.messages ?? 20));
    let low = from;
    let high = end;
    // First start whose rest fits the budget.
    while (low < high) {
      const middle = (low + high) >> 1;
      if (history.sum(middle, end) <= budget) high = middle;
      else low = middle + 1;
    }
    return low;
  }
  return {
    at(end) {
      // At the least the last message stays.
      const start = Math.max(0, Math.min(firstKept(end), end - 1));
      const turn = Math.max(from, points.human[start] as number);
      const group = Math.max(from, points.group[start] as number);
      // A turn whose run of tools alone is worth a summary is cut between its groups; the view keeps the last human message.
      return history.sum(turn, group) >= worthwhile ? group : turn;
    },
  };
}
