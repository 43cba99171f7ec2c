import { findPreserved } from "../preserve/find-preserved.ts";
import type { PreserveRule } from "../preserve/preserve-rule.ts";
import type { Segment } from "../segment.ts";
import type { Unit } from "./units.ts";

/** Units that stay whatever they cost: fenced code, and those with a match of a rule that the caller named. */
export function forcedUnits(units: readonly Unit[], segments: readonly Segment[], rules: readonly PreserveRule[]): Set<number> {
  const forced = new Set<number>();
  for (const [index, { fenced }] of units.entries()) if (fenced) forced.add(index);
  if (rules.length === 0) return forced;
  // Units come segment by segment, in order of place.
  let segment = -1;
  let matches: ReturnType<typeof findPreserved> = [];
  let at = 0;
  for (const [index, unit] of units.entries()) {
    if (unit.segment !== segment) {
      segment = unit.segment;
      const { text, language } = segments[segment] as Segment;
      matches = findPreserved(text, rules, language);
      at = 0;
    }
    while (at < matches.length && (matches[at]?.end ?? 0) <= unit.start) at += 1;
    // Matches overlap, so a short one may end before this unit and a later one still reach into it.
    for (let next = at; next < matches.length && (matches[next]?.start ?? Infinity) < unit.end; next += 1) {
      if ((matches[next]?.end ?? 0) > unit.start) {
        forced.add(index);
        break;
      }
    }
  }
  return forced;
}
