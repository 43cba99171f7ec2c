import type { DateItem, QuantityItem } from "./item.ts";
import { sameDate } from "./dates.ts";
import type { Term } from "./parse.ts";
import { sameQuantity, unitOf } from "./units.ts";

/** Each entry of `a` that no entry of `b` equals, and the other way round; every entry is used once. */
function unmatched<T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): { a: T[]; b: T[] } {
  const restB = [...b];
  const restA = a.filter((x) => {
    const at = restB.findIndex((y) => same(x, y));
    if (at === -1) return true;
    restB.splice(at, 1);
    return false;
  });
  return { a: restA, b: restB };
}

/** `numbers`, `units` or `null`: whether two texts speak of other quantities. */
export function compareQuantities(a: readonly QuantityItem[], b: readonly QuantityItem[]): "numbers" | "units" | null {
  if (a.length === 0 && b.length === 0) return null;
  // Said twice is said once.
  const rest = unmatched(distinct(a), distinct(b), sameQuantity);
  const hardA = rest.a.filter((item) => !item.soft);
  const hardB = rest.b.filter((item) => !item.soft);
  if (hardA.length > 0 || hardB.length > 0) {
    const units = hardA.some((x) => hardB.some((y) => x.value === y.value && x.unit?.name !== y.unit?.name));
    return units ? "units" : "numbers";
  }
  // "A week" against "an hour".
  const rivals = rest.a.some((x) => rest.b.some((y) => x.unit !== null && x.unit.dimension === y.unit?.dimension));
  return rivals ? "numbers" : null;
}

function distinct(items: readonly QuantityItem[]): QuantityItem[] {
  return items.filter((item, i) => items.findIndex((other) => sameQuantity(item, other) && item.unit?.name === other.unit?.name) === i);
}

/**
 * Whether two texts speak of other days, times or years. A date on one side only counts unless it is as vague as "today", or
 * `inPassing`: long statements name the day by the way.
 */
export function compareDates(a: readonly DateItem[], b: readonly DateItem[], inPassing = false): boolean {
  const rest = unmatched(distinctDates(a), distinctDates(b), sameDate);
  const passing = (item: DateItem): boolean => item.soft || (inPassing && (item.field === "weekday" || item.field === "relative"));
  if (rest.a.some((item) => !passing(item)) || rest.b.some((item) => !passing(item))) return true;
  return rest.a.some((x) => rest.b.some((y) => x.field === y.field));
}

function distinctDates(items: readonly DateItem[]): DateItem[] {
  return items.filter((item, i) => items.findIndex((other) => sameDate(item, other)) === i);
}

/** Each side names a unit that the other lacks, without a number: "in miles", "in yards". */
export function unitsClash(leftA: readonly Term[], leftB: readonly Term[]): boolean {
  const dimension = (terms: readonly Term[]): string[] => terms.flatMap((term) => unitOf(term.lemma, false)?.dimension ?? []);
  const other = new Set(dimension(leftB));
  return dimension(leftA).some((name) => other.has(name)) || (dimension(leftA).length > 0 && other.size > 0);
}
