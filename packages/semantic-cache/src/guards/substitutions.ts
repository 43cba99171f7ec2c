import type { Alignment } from "./alignment.ts";
import type { ParsedText, Term } from "./parse.ts";

/** The matched terms right before and right after a term, as numbers of their matches. */
function neighbours(term: Term, text: ParsedText, ids: ReadonlyMap<Term, number>): readonly [number | undefined, number | undefined] {
  let before: number | undefined;
  let after: number | undefined;
  for (const other of text.terms) {
    const id = ids.get(other);
    if (id === undefined) continue;
    if (other.at < term.at) before = id;
    else if (other.at > term.at && after === undefined) after = id;
  }
  return [before, after];
}

/** Every pair of leftovers that stand in the same place: next to the same matched term, or anywhere where nothing matched. */
export function substitutions(a: ParsedText, b: ParsedText, alignment: Alignment): readonly (readonly [Term, Term])[] {
  if (alignment.leftA.length === 0 || alignment.leftB.length === 0) return [];
  const idsA = new Map(alignment.matches.map((match, i) => [match.a, i]));
  const idsB = new Map(alignment.matches.map((match, i) => [match.b, i]));
  const placesB = alignment.leftB.map((term) => ({ term, place: neighbours(term, b, idsB) }));
  return alignment.leftA.flatMap((x) => {
    const place = neighbours(x, a, idsA);
    const same = (i: 0 | 1, other: readonly [number | undefined, number | undefined]): boolean =>
      place[i] !== undefined && place[i] === other[i];
    return placesB
      .filter((y) => alignment.matches.length === 0 || same(0, y.place) || same(1, y.place))
      .map((y): readonly [Term, Term] => [x, y.term]);
  });
}
