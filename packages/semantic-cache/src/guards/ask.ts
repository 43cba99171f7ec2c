import type { Item } from "./item.ts";
import { AUXILIARIES, PREPOSITIONS } from "./lexicon/function-words.ts";

/** What is asked for: how to, when, yes or no … */
export type Ask =
  | "howto"
  | "how"
  | "what"
  | "which"
  | "whose"
  | "when"
  | "where"
  | "who"
  | "why"
  | "howmany"
  | "howmuch"
  | "howlong"
  | "howoften"
  | "howfar"
  | "yesno"
  | "can"
  | "must"
  | "should"
  | "way"
  | "want"
  | "statement";

const MARKS: ReadonlyMap<string, Ask> = new Map<string, Ask>([
  ["<howto>", "howto"],
  ["<how>", "how"],
  ["<what>", "what"],
  ["<when>", "when"],
  ["<where>", "where"],
  ["<who>", "who"],
  ["<why>", "why"],
  ["<howmany>", "howmany"],
  ["<howmuch>", "howmuch"],
  ["<howlong>", "howlong"],
  ["<howoften>", "howoften"],
  ["<howfar>", "howfar"],
  ["how", "how"],
  ["what", "what"],
  ["which", "which"],
  ["when", "when"],
  ["where", "where"],
  ["who", "who"],
  ["whom", "who"],
  ["whose", "whose"],
  ["why", "why"],
]);
const SOFT_MARKS: ReadonlyMap<string, Ask> = new Map<string, Ask>([
  ["<can>", "can"],
  ["<may>", "can"],
  ["<must>", "must"],
  ["<should>", "should"],
  ["<way>", "way"],
  ["<want>", "want"],
]);
/** These open a subordinate clause unless an auxiliary follows. */
const SUBORDINATING: ReadonlySet<string> = new Set(["when", "where", "who", "which", "whom", "whose"]);

/** Whether a word asks: a question word or the mark of a folded question. */
export function isAskWord(lemma: string): boolean {
  return MARKS.has(lemma);
}

/** The first question word that asks rather than joins clauses; else the modal, else yes or no, else a statement. */
export function askOf(items: readonly Item[]): Ask {
  let soft: Ask | undefined;
  let first = true;
  let auxiliary = false;
  const question = items.some((item) => item.type === "break" && item.text.includes("?"));
  for (const [i, item] of items.entries()) {
    if (item.type === "break") {
      first = true;
      continue;
    }
    if (item.type !== "word") {
      first = false;
      continue;
    }
    const mark = MARKS.get(item.lemma);
    if (mark !== undefined) {
      const next = items[i + 1];
      const inverted = next?.type === "word" && (AUXILIARIES.has(next.lemma) || next.lemma.startsWith("<"));
      const explicit = item.lemma.startsWith("<");
      const heads = first && (item.lemma === "who" || item.lemma === "which" || item.lemma === "whose");
      const subordinate = !explicit && SUBORDINATING.has(item.lemma) && !inverted && !heads;
      if (explicit || (!subordinate && (first || question || inverted))) return mark;
    }
    soft ??= SOFT_MARKS.get(item.lemma);
    if (first && AUXILIARIES.has(item.lemma)) auxiliary = true;
    if (!PREPOSITIONS.has(item.lemma)) first = false;
  }
  return soft ?? (auxiliary ? "yesno" : "statement");
}

/** Questions of these kinds never share an answer with those of the kinds behind them. */
const APART: Readonly<Partial<Record<Ask, string>>> = {
  why: "when where who whose howto how howmany howmuch howlong howoften howfar yesno can must should what which way",
  when: "where who whose howto how yesno can must should howmany howmuch howoften howfar way",
  where: "who whose howmany howmuch howlong howoften yesno can must should what way",
  who: "howto how howmany howmuch howlong howoften howfar yesno can must should way whose",
  whose: "what which howto how howmany howmuch howlong howoften howfar yesno can must should way",
  howto: "howmany howmuch howlong howoften howfar yesno can must should which",
  how: "howmany howlong howoften howfar yesno can must should which",
  howmany: "yesno can must should way howfar howoften",
  howmuch: "yesno can must should way howlong howoften howfar",
  howlong: "yesno can must should way howoften howfar what which howmuch",
  howoften: "yesno can must should way howfar what which",
  howfar: "yesno can must should way",
  what: "yesno can must should way",
  which: "howmany yesno can must should way",
  must: "can way",
  should: "can must way",
};
const apart = new Set<string>();
for (const [ask, others] of Object.entries(APART)) {
  for (const other of others.split(" ")) {
    apart.add(`${ask} ${other}`);
    apart.add(`${other} ${ask}`);
  }
}

/** 0: the same question word; 1: near enough to ask for one answer; 2: another question. */
export function askDistance(a: Ask, b: Ask): 0 | 1 | 2 {
  if (a === b) return 0;
  return apart.has(`${a} ${b}`) ? 2 : 1;
}
