import type { Alignment } from "./alignment.ts";
import type { ParsedText, Term } from "./parse.ts";
import { substitutions } from "./substitutions.ts";

const isEntity = (term: Term): boolean => term.kind === "name" || term.kind === "code";

/**
 * Each side names something that the other lacks, in the same place of the sentence. In short texts any place will do; longer
 * ones also name in passing. A code ("C#") differs from any word, a name ("Android") only from other names.
 */
export function compareEntities(a: ParsedText, b: ParsedText, alignment: Alignment): boolean {
  const { leftA, leftB } = alignment;
  const isShort = alignment.matches.length <= SHORT;
  if (isShort && leftA.some(isEntity) && leftB.some(isEntity)) return true;
  if (leftA.some((term) => term.kind === "code") && leftB.length > 0) return true;
  if (leftB.some((term) => term.kind === "code") && leftA.length > 0) return true;
  return substitutions(a, b, alignment).some(([x, y]) => isEntity(x) && isEntity(y));
}

const SHORT = 2;
