import type { Alignment } from "./alignment.ts";
import { askDistance } from "./ask.ts";
import { changedRoles } from "./function-clash.ts";
import { words } from "./lexicon/words.ts";
import type { ParsedText, Term } from "./parse.ts";
import type { Polarity } from "./polarity.ts";
import { substitutions } from "./substitutions.ts";

/** What the regression sees, in order. Every feature is 0 where two texts do not differ, and symmetric. */
export const FEATURES = [
  "nameLeft",
  "nounLeft",
  "verbLeft",
  "adjectiveLeft",
  "adverbLeft",
  "unknownLeft",
  "lightLeft",
  "bothLeft",
  "substituted",
  "siblings",
  "insertedModifier",
  "uncovered",
  "listed",
  "dictionary",
  "family",
  "typo",
  "askNear",
  "modalLeft",
  "quantifierLeft",
  "personLeft",
  "rolesChanged",
  "strongPreposition",
  "conditional",
  "softQuantity",
  "adverbsOfDegree",
  "sentences",
  "negationMoved",
  "evenPolarity",
  "inversions",
  "focus",
] as const;
export type FeatureName = (typeof FEATURES)[number];

const cap = (value: number, limit: number): number => Math.min(value, limit);

type LeftClass = "nameLeft" | "nounLeft" | "verbLeft" | "adjectiveLeft" | "adverbLeft" | "unknownLeft" | "lightLeft";

function classOf(term: Term): LeftClass {
  if (term.kind === "name" || term.kind === "code") return "nameLeft";
  if (term.light) return "lightLeft";
  switch (term.part) {
    case "n":
      return "nounLeft";
    case "v":
      return "verbLeft";
    case "a":
      return "adjectiveLeft";
    case "r":
      return "adverbLeft";
    default:
      return "unknownLeft";
  }
}

const isHeavy = (term: Term): boolean => !term.light;

function symmetricDifference(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let count = 0;
  for (const x of a) if (!b.has(x)) count += 1;
  for (const x of b) if (!a.has(x)) count += 1;
  return count;
}

function inversionShare(alignment: Alignment): number {
  const { matches } = alignment;
  let inverted = 0;
  let all = 0;
  for (const [i, x] of matches.entries()) {
    for (const y of matches.slice(i + 1)) {
      all += 1;
      if ((x.a.at - y.a.at) * (x.b.at - y.b.at) < 0) inverted += 1;
    }
  }
  return all === 0 ? 0 : inverted / all;
}

const STRONG = "without before after since until during except instead_of despite above below outside inside between within against".split(
  " ",
);

/** The vector of a pair that no veto refused, in the order of {@link FEATURES}. */
export function featuresOf(a: ParsedText, b: ParsedText, alignment: Alignment, polarity: Polarity): readonly number[] {
  const opposed = new Set(polarity.antonyms.flat());
  const left = [...alignment.leftA, ...alignment.leftB].filter((term) => !opposed.has(term));
  const heavyA = alignment.leftA.filter((term) => isHeavy(term) && !opposed.has(term));
  const heavyB = alignment.leftB.filter((term) => isHeavy(term) && !opposed.has(term));
  const counts: Record<LeftClass, number> = {
    nameLeft: 0,
    nounLeft: 0,
    verbLeft: 0,
    adjectiveLeft: 0,
    adverbLeft: 0,
    unknownLeft: 0,
    lightLeft: 0,
  };
  for (const term of left) counts[classOf(term)] += 1;
  const pairs = substitutions(a, b, alignment).filter(([x, y]) => isHeavy(x) && isHeavy(y) && !opposed.has(x) && !opposed.has(y));
  const kinds = (kind: string): number => alignment.matches.filter((match) => match.kind === kind).length;
  const total = left.length + 2 * alignment.matches.length;
  // A modifier that only one side has, right before a noun both have: "partial refund".
  const inserted = (terms: readonly Term[], text: ParsedText, side: "a" | "b"): number =>
    terms.filter((term) =>
      alignment.matches.some((match) => match[side].at === term.at + 1 && match[side].kind !== "code" && text.terms.includes(term)),
    ).length;
  const softLeft = a.quantities.filter((item) => item.soft).length - b.quantities.filter((item) => item.soft).length;

  const values: Record<FeatureName, number> = {
    nameLeft: cap(counts.nameLeft, 3),
    nounLeft: cap(counts.nounLeft, 4),
    verbLeft: cap(counts.verbLeft, 4),
    adjectiveLeft: cap(counts.adjectiveLeft, 3),
    adverbLeft: cap(counts.adverbLeft, 3),
    unknownLeft: cap(counts.unknownLeft, 3),
    lightLeft: cap(counts.lightLeft, 4),
    bothLeft: heavyA.length > 0 && heavyB.length > 0 ? 1 : 0,
    substituted: cap(Math.min(new Set(pairs.map(([x]) => x)).size, new Set(pairs.map(([, y]) => y)).size), 2),
    siblings: pairs.some(([x, y]) => words().areSiblings(x.lemma, y.lemma)) ? 1 : 0,
    insertedModifier: cap(heavyB.length === 0 || heavyA.length === 0 ? inserted(heavyA, a, "a") + inserted(heavyB, b, "b") : 0, 2),
    uncovered: total === 0 ? 0 : left.length / total,
    listed: cap(kinds("listed"), 3),
    dictionary: cap(kinds("dictionary"), 3),
    family: cap(kinds("family"), 3),
    typo: cap(kinds("typo"), 2),
    askNear: askDistance(a.ask, b.ask) > 0 ? 1 : 0,
    modalLeft: cap(symmetricDifference(a.modals, b.modals), 2),
    quantifierLeft: cap(symmetricDifference(a.quantifiers, b.quantifiers), 2),
    personLeft: cap(alignment.personsA.length + alignment.personsB.length, 3),
    rolesChanged: cap(changedRoles(alignment.matches), 2),
    strongPreposition: STRONG.some((word) => a.prepositions.has(word) !== b.prepositions.has(word)) ? 1 : 0,
    conditional: a.conditional === b.conditional ? 0 : 1,
    softQuantity: cap(Math.abs(softLeft), 2),
    adverbsOfDegree: cap(symmetricDifference(a.emptyAdverbs, b.emptyAdverbs), 2),
    sentences: cap(Math.abs(a.sentences - b.sentences), 2),
    negationMoved: alignment.matches.some((match) => match.a.negated !== match.b.negated) ? 1 : 0,
    evenPolarity: polarity.antonyms.length > 0 || polarity.negationDiffers ? 1 : 0,
    inversions: inversionShare(alignment),
    focus: alignment.matches.some((match) => match.a.focused !== match.b.focused) ? 1 : 0,
  };
  return FEATURES.map((name) => values[name]);
}
