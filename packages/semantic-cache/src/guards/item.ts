import type { Unit } from "./units.ts";

/** A word, or several that were folded into one. */
export interface WordItem {
  readonly type: "word";
  /** As written, in lower case. */
  readonly text: string;
  /** Dictionary form; phrases carry `_`. */
  readonly lemma: string;
  readonly capital: boolean;
  readonly joined: boolean;
  /** A possessor: "the bank's". */
  readonly possessive?: boolean;
  /** All capitals: an acronym rather than the word it spells. */
  readonly upper?: boolean;
  /** Pronoun that the phrase took in: "how do I". */
  readonly person?: "first" | "second";
}

export interface QuantityItem {
  readonly type: "quantity";
  readonly value: number;
  /** `null` for a bare number. */
  readonly unit: Unit | null;
  /** Implied or idiomatic ("a week", "one"): compared where the other side has a rival, but not missed where it has none. */
  readonly soft: boolean;
}

export type DateField = "year" | "month" | "day" | "weekday" | "time" | "quarter" | "relative" | "direction" | "decade";

export interface DateItem {
  readonly type: "date";
  readonly field: DateField;
  /** Equal values are equal dates; for `time` minutes of the day, or `h` + minutes of the half-day where am or pm is open. */
  readonly value: string;
  /** "Today" and "now" are often said without meaning more. */
  readonly soft: boolean;
}

/** A string that is compared letter by letter: `utf-8`, `C#`, `foo_bar`. */
export interface CodeItem {
  readonly type: "code";
  readonly text: string;
}

/** The end of a sentence or clause. */
interface BreakItem {
  readonly type: "break";
  readonly text: string;
}

export type Item = WordItem | QuantityItem | DateItem | CodeItem | BreakItem;
