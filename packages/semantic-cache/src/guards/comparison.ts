import { align } from "./alignment.ts";
import { askDistance } from "./ask.ts";
import { compareEntities } from "./entities.ts";
import { featuresOf } from "./features.ts";
import { focusMoved, modalsClash, personsClash, prepositionsClash, quantifiersClash } from "./function-clash.ts";
import type { ParsedText } from "./parse.ts";
import { comparePolarity } from "./polarity.ts";
import { compareDates, compareQuantities, unitsClash } from "./quantities.ts";
import { hasChangedOrder } from "./word-order.ts";

export interface Comparison {
  /** A difference that always matters, as a reason without the texts' words; `null` if there is none. */
  readonly veto: string | null;
  /** What is left of smaller differences; `null` where rules of English do not apply. */
  readonly features: readonly number[] | null;
}

/** Compares two parsed texts. Symmetric. */
export function compareTexts(a: ParsedText, b: ParsedText): Comparison {
  if (a.script !== b.script && a.script !== "" && b.script !== "") return { veto: "languages differ", features: null };
  const quantities = compareQuantities(a.quantities, b.quantities);
  if (quantities !== null) return { veto: `${quantities} differ`, features: null };
  if (compareDates(a.dates, b.dates, isLongStatement(a) && isLongStatement(b))) return { veto: "dates differ", features: null };
  const alignment = align(a, b);
  if (compareEntities(a, b, alignment)) return { veto: "entities differ", features: null };
  if (!a.english || !b.english) return { veto: null, features: null };

  const turned = hasChangedOrder(a, b, alignment);
  const polarity = comparePolarity(a, b, alignment, turned);
  const veto =
    (polarity.conflict !== null && `${polarity.conflict === "antonyms" ? "opposites" : "negations"} differ`) ||
    (turned && polarity.antonyms.length === 0 && "word order differs") ||
    (prepositionsClash(a, b, alignment.matches) && "directions differ") ||
    ((quantifiersClash(a, b) || focusMoved(alignment)) && "quantifiers differ") ||
    (personsClash(a, b, alignment) && "persons differ") ||
    (unitsClash(alignment.leftA, alignment.leftB) && "units differ") ||
    (askDistance(a.ask, b.ask) === 2 && !(a.alternatives && b.alternatives) && "question words differ") ||
    (modalsClash(a, b) && "modality differs");
  if (veto !== false) return { veto, features: null };
  return { veto: null, features: featuresOf(a, b, alignment, polarity) };
}

function isLongStatement(text: ParsedText): boolean {
  return text.ask === "statement" && text.terms.length >= 10;
}
