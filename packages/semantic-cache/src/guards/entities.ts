import type { Term } from "./parse.ts";

const isEntity = (term: Term): boolean => term.kind === "name" || term.kind === "code";

/** Each side names something that the other lacks. */
export function compareEntities(leftA: readonly Term[], leftB: readonly Term[]): boolean {
  const namesA = leftA.filter(isEntity);
  const namesB = leftB.filter(isEntity);
  if (namesA.length > 0 && namesB.length > 0) return true;
  // A name against an ordinary word ("Android" against "my tablet") is decided by the leftovers, codes are not.
  return namesA.some((term) => term.kind === "code" && leftB.length > 0) || namesB.some((term) => term.kind === "code" && leftA.length > 0);
}
