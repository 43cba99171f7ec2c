import { PREPOSITIONS } from "./lexicon/function-words.ts";
import { IRREGULARS } from "./lexicon/irregulars.ts";
import { words } from "./lexicon/words.ts";

/** Endings of inflection and what may stand in their place, tried in order; the dictionary decides. */
const RULES: readonly (readonly [string, readonly string[]])[] = [
  ["ies", ["y", "ie"]],
  ["ves", ["ve", "f", "fe"]],
  ["sses", ["ss"]],
  ["shes", ["sh"]],
  ["ches", ["ch", "che"]],
  ["xes", ["x", "xe"]],
  ["zes", ["ze", "z"]],
  ["oes", ["o", "oe"]],
  ["ses", ["se", "s"]],
  ["s", [""]],
  ["ied", ["y", "ie"]],
  ["ed", ["e", "", "2"]],
  ["ying", ["y", "ie"]],
  ["ing", ["e", "", "2"]],
];

/** British spellings to American ones, where the result is a word. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/our$/, "or"],
  [/our(?=(?:ed|ing|s|ful|ite|less|able|ation)$)/, "or"],
  [/is(?=(?:e|ed|es|er|ers|ing|able|ation|ations)$)/, "iz"],
  [/ys(?=(?:e|ed|es|ing)$)/, "yz"],
  [/(?<=[^aeiou])re$/, "er"],
  [/ogue$/, "og"],
  [/ll(?=(?:ed|ing|er|ers)$)/, "l"],
  [/ence$/, "ense"],
  [/ae|oe/, "e"],
  [/mme$/, "m"],
];
const SPELLED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    grey: "gray",
    cheque: "check",
    tyre: "tire",
    aluminium: "aluminum",
    jewellery: "jewelry",
    pyjamas: "pajamas",
    mum: "mom",
    licence: "license",
    plough: "plow",
    draught: "draft",
    storey: "story",
    kerb: "curb",
    sceptical: "skeptical",
    manoeuvre: "maneuver",
    programme: "program",
    catalogue: "catalog",
    dialogue: "dialog",
    centre: "center",
    theatre: "theater",
    metre: "meter",
    litre: "liter",
    fibre: "fiber",
    whilst: "while",
    amongst: "among",
    learnt: "learned",
    yoghurt: "yogurt",
    doughnut: "donut",
    airplane: "plane",
    practise: "practice",
    judgement: "judgment",
    acknowledgement: "acknowledgment",
    instalment: "installment",
    enrolment: "enrollment",
    fulfil: "fulfill",
    skilful: "skillful",
    maths: "math",
  }),
);
/** Endings in -ise, -ence, -our that are no British spelling. */
const KEPT =
  /(?:^(?:our|your|four|hour|tour|pour|sour|flour|rise|wise|arise|exercise|advise|advertise|surprise|promise|otherwise|premise|enterprise|franchise|supervise|disguise|revise|compromise|noise|raise|praise|precise|concise|paradise|merchandise|likewise|expertise|does|shoe|toe|phoenix|poem|poet)$)|(?:wise|cise|vise)$/;

function american(word: string): string {
  const fixed = SPELLED.get(word);
  if (fixed !== undefined) return fixed;
  if (word.length < 5 || KEPT.test(word)) return word;
  const dictionary = words();
  for (const [british, replacement] of SPELLINGS) {
    if (!british.test(word)) continue;
    const candidate = word.replace(british, replacement);
    if (dictionary.has(candidate) || dictionary.has(strip(candidate))) return candidate;
  }
  return word;
}

function strip(word: string): string {
  const irregular = IRREGULARS.get(word);
  if (irregular !== undefined) return irregular;
  const dictionary = words();
  for (const [ending, replacements] of RULES) {
    if (!word.endsWith(ending) || word.length < ending.length + 2) continue;
    if (ending === "s" && (/(?:ss|us|is)$/.test(word) || word.length < 4)) return word;
    const stem = word.slice(0, -ending.length);
    const candidates = replacements
      .map((replacement) => {
        if (replacement !== "2") return stem + replacement;
        return /([^aeiou])\1$/.test(stem) ? stem.slice(0, -1) : "";
      })
      .filter((candidate) => candidate.length > 1 && /[aeiouy]/.test(candidate) && dictionary.has(candidate));
    // The verb is meant by -ed and -ing: of "rat" and "rate", both words, the more frequent one.
    const [best] = candidates.sort((a, b) => dictionary.frequency(b) - dictionary.frequency(a));
    if (best !== undefined) return best;
  }
  // "Healthier", "fastest": only of adjectives, and not where the word is a noun of its own ("number").
  const compared = /^(?<stem>.{2,}?)(?<i>i?)(?:er|est)$/.exec(word);
  if (compared !== null && !PREPOSITIONS.has(word) && dictionary.mainPart(word) !== "n" && dictionary.mainPart(word) !== "v") {
    const { stem = "", i = "" } = compared.groups ?? {};
    const bases = i === "i" ? [`${stem}y`] : [stem, `${stem}e`, stem.replace(/([^aeiou])\1$/, "$1")];
    const base = bases.find(
      (candidate) => dictionary.mainPart(candidate) === "a" || (dictionary.canBe(candidate, "a") && dictionary.canBe(candidate, "r")),
    );
    if (base !== undefined) return base;
  }
  // A plural of a word the dictionary lacks: "iphones".
  if (/[^sui]s$/.test(word) && word.length > 3 && !dictionary.has(word)) return word.slice(0, -1);
  return word;
}

const known = new Map<string, string>();

/** The dictionary form of an English word in lower case: "went" → "go", "colours" → "color". Other words come back as they are. */
export function lemma(word: string): string {
  const before = known.get(word);
  if (before !== undefined) return before;
  const result = /^[a-z]+$/.test(word) ? strip(american(word)) : word;
  if (known.size > 20_000) known.clear();
  known.set(word, result);
  return result;
}
