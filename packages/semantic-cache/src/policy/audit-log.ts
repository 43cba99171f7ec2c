import { clopperPearson } from "./intervals.ts";
import type { PolicyAudit, PolicyStatus } from "./hit-policy.ts";

const KEPT = 1000;
/**
 * 99.5 % on one side. It is asked after each wrong audit, and at 95 % a policy that keeps its promise would be tripped by chance sooner or later.
 */
const TRIP_CONFIDENCE = 0.99;

/** Outcomes of audits, the latest thousand, and whether they contradict the promised rate. */
export class AuditLog {
  readonly #target: number | null;
  #outcomes: boolean[] = [];
  #sinceTrip: boolean[] = [];
  #tripped = false;

  /** @param target Most wrong answers per answer served; `null`: none is promised, so nothing trips. */
  constructor(target: number | null) {
    this.#target = target;
  }

  get tripped(): boolean {
    return this.#tripped;
  }

  /** Records an audit: whether the answer that would have been served was right. */
  add(correct: boolean): void {
    this.#outcomes.push(correct);
    if (this.#outcomes.length > KEPT) this.#outcomes.shift();
    if (this.#target === null) return;
    if (this.#tripped) {
      // While tripped the model answers everything, so each would-be hit is an audit for free; serve again once they prove the bound.
      this.#sinceTrip.push(correct);
      if (this.#sinceTrip.length > KEPT) this.#sinceTrip.shift();
      if (oneSided(this.#sinceTrip).upper <= this.#target) {
        this.#tripped = false;
        this.#outcomes = this.#sinceTrip;
        this.#sinceTrip = [];
      }
      return;
    }
    if (!correct && clopperPearson(countWrong(this.#outcomes), this.#outcomes.length, TRIP_CONFIDENCE).lower > this.#target) {
      this.#tripped = true;
      this.#sinceTrip = [];
    }
  }

  report(): PolicyAudit {
    const audits = this.#outcomes.length;
    const wrong = countWrong(this.#outcomes);
    return { audits, wrong, rate: audits === 0 ? null : wrong / audits, ...clopperPearson(wrong, audits) };
  }

  phase(learning: boolean): PolicyStatus["phase"] {
    if (this.#tripped) return "tripped";
    if (learning) return "learning";
    if (this.#target === null || this.#outcomes.length === 0) return this.#target === null ? "serving" : "unproven";
    return oneSided(this.#outcomes).upper > this.#target ? "unproven" : "serving";
  }

  snapshot(): { outcomes: string; sinceTrip: string; tripped: boolean } {
    return { outcomes: pack(this.#outcomes), sinceTrip: pack(this.#sinceTrip), tripped: this.#tripped };
  }

  restore(state: { outcomes: string; sinceTrip: string; tripped: boolean }): void {
    this.#outcomes = unpack(state.outcomes);
    this.#sinceTrip = unpack(state.sinceTrip);
    this.#tripped = state.tripped;
  }
}

/** 95 % on one side is 90 % on two. */
function oneSided(outcomes: readonly boolean[]): { lower: number; upper: number } {
  return clopperPearson(countWrong(outcomes), outcomes.length, 0.9);
}

function countWrong(outcomes: readonly boolean[]): number {
  let wrong = 0;
  for (const correct of outcomes) if (!correct) wrong += 1;
  return wrong;
}

function pack(outcomes: readonly boolean[]): string {
  return outcomes.map((correct) => (correct ? "1" : "0")).join("");
}

function unpack(text: string): boolean[] {
  return Array.from(text, (digit) => digit === "1");
}
