import type { RaceMessage } from "@langthrift/cost-callback/testing";

/** What one budget's calls told. Nano-dollars. */
export interface BudgetBook {
  /** What all calls that were given leave cost: those of killed processes too, for the provider bills them. */
  billed: number;
  /** The part of it whose settlement the store has taken. */
  settled: number;
  /** The most that the store was seen to hold and to have spent together. */
  highest: number;
}

/** Keeps what the processes of a race say, for the comparison with what the store says. */
export class RaceBooks {
  readonly budgets = new Map<string, BudgetBook>();
  readonly reserveMs: number[] = [];
  granted = 0;
  settled = 0;
  refused = 0;
  unsettled = 0;

  hear(message: RaceMessage): void {
    if (message.kind === "done") {
      this.refused += message.refused;
      this.unsettled += message.unsettled;
      return;
    }
    const book = this.book(message.budgetId);
    if (message.kind === "settled") {
      this.settled += 1;
      book.settled += message.actual;
      return;
    }
    this.granted += 1;
    this.reserveMs.push(message.reserveMs);
    book.billed += message.actual;
  }

  book(budgetId: string): BudgetBook {
    let book = this.budgets.get(budgetId);
    if (!book) {
      book = { billed: 0, settled: 0, highest: 0 };
      this.budgets.set(budgetId, book);
    }
    return book;
  }
}

/** How far a store's account is from the truth, over all budgets. US dollars. */
export interface RaceVerdict {
  /** Of the worst budget: what was billed, spent, or spent and held at once, above its limit. Must be 0. */
  readonly overLimitUsd: number;
  /** Billed, and at the end in no account. Must be 0. */
  readonly forgottenUsd: number;
  /** Still held when no call runs any more. Must be 0. */
  readonly leftHeldUsd: number;
  /** Charged beyond what was settled: the calls of killed processes, at all that they had reserved. */
  readonly chargedForDeadUsd: number;
}

/** @param ends What the store says of each budget when all leases have ended. */
export function judge(
  books: RaceBooks,
  ends: ReadonlyMap<string, { readonly spentNanoUsd: number; readonly heldNanoUsd: number }>,
  limitUsd: number,
): RaceVerdict {
  const limit = limitUsd * 1e9;
  let over = 0;
  let forgotten = 0;
  let leftHeld = 0;
  let dead = 0;
  for (const [budgetId, { billed, settled, highest }] of books.budgets) {
    const end = ends.get(budgetId) ?? { spentNanoUsd: 0, heldNanoUsd: 0 };
    over = Math.max(over, billed - limit, end.spentNanoUsd - limit, highest - limit);
    forgotten += Math.max(0, billed - end.spentNanoUsd);
    leftHeld += end.heldNanoUsd;
    dead += Math.max(0, end.spentNanoUsd - settled);
  }
  return { overLimitUsd: over / 1e9, forgottenUsd: forgotten / 1e9, leftHeldUsd: leftHeld / 1e9, chargedForDeadUsd: dead / 1e9 };
}
