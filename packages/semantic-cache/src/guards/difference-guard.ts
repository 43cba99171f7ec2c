import { LRUCache } from "lru-cache";
import { align } from "./alignment.ts";
import { compareEntities } from "./entities.ts";
import { askDistance } from "./ask.ts";
import { focusMoved, modalsClash, personsClash, prepositionsClash, quantifiersClash } from "./function-clash.ts";
import type { Guard } from "./guard.ts";
import { parseText, type ParsedText } from "./parse.ts";
import { comparePolarity } from "./polarity.ts";
import { compareDates, compareQuantities, unitsClash } from "./quantities.ts";
import { hasChangedOrder } from "./word-order.ts";

const parsed = new LRUCache<string, ParsedText>({ max: 2000 });

/** Parses with a small memory: the cached side of a pair comes back again and again. */
export function parseCached(text: string): ParsedText {
  const before = parsed.get(text);
  if (before !== undefined) return before;
  const result = parseText(text);
  parsed.set(text, result);
  return result;
}

/** The differences that always matter, as a reason, or `null`. */
export function findVeto(a: ParsedText, b: ParsedText): string | null {
  if (a.script !== b.script && a.script !== "" && b.script !== "") return "languages differ";
  const quantities = compareQuantities(a.quantities, b.quantities);
  if (quantities !== null) return `${quantities} differ`;
  if (compareDates(a.dates, b.dates)) return "dates differ";
  const alignment = align(a, b);
  if (compareEntities(alignment.leftA, alignment.leftB)) return "entities differ";
  if (!a.english || !b.english) return null;
  const turned = hasChangedOrder(a, b, alignment);
  const polarity = comparePolarity(a, b, alignment, turned);
  if (polarity.conflict !== null) return `${polarity.conflict} differ`;
  if (turned && polarity.antonyms.length === 0) return "word order differs";
  if (prepositionsClash(a, b, alignment.matches)) return "directions differ";
  if (quantifiersClash(a, b) || focusMoved(alignment)) return "quantifiers differ";
  if (personsClash(a, b, alignment)) return "persons differ";
  if (unitsClash(alignment.leftA, alignment.leftB)) return "units differ";
  if (askDistance(a.ask, b.ask) === 2 && !(a.alternatives && b.alternatives)) return "question words differ";
  if (modalsClash(a, b)) return "modality differs";
  return null;
}

export function standardGuard(): Guard {
  return {
    name: "difference",
    check(a, b) {
      if (a === b) return null;
      try {
        return findVeto(parseCached(a), parseCached(b));
      } catch {
        return "texts could not be compared";
      }
    },
  };
}
