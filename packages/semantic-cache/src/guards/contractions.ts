import { CONTRACTIONS } from "./lexicon/contractions.ts";
import type { Token } from "./tokenise.ts";

/** After these, 's is "is"; after other words it is possession. */
const BEFORE_IS: ReadonlySet<string> = new Set(
  "what who where when how why that it there here he she which this everything something".split(" "),
);
const ENDINGS: readonly (readonly [string, string])[] = [
  ["n't", "not"],
  ["'re", "are"],
  ["'ve", "have"],
  ["'ll", "will"],
  ["'d", "would"],
  ["'m", "am"],
];

/** Writes contractions out and drops possessive endings; every other token stays as it is. */
export function expandContractions(tokens: readonly Token[]): Token[] {
  const expanded: Token[] = [];
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== "word") {
      expanded.push(token);
      continue;
    }
    const possessive = isPossessive(token);
    for (const text of expandWord(token, tokens[i - 1])) {
      expanded.push({ ...token, text, possessive, joined: token.joined && expanded.length > 0 });
    }
  }
  return expanded;
}

function isPossessive({ text, capital }: Token): boolean {
  return text.endsWith("'s") && !BEFORE_IS.has(text.slice(0, -2)) && (capital || text.length > 3);
}

function expandWord(token: Token, before: Token | undefined): readonly string[] {
  const { text } = token;
  // "US" is a country, "us" is not.
  if (token.upper && text === "us") return ["united_states"];
  if (token.upper && text === "it") return ["information", "technology"];
  const whole = before?.kind === "number" ? undefined : CONTRACTIONS.get(text);
  if (whole !== undefined) return whole === "" ? [] : whole.split(" ");
  if (!text.includes("'")) return [text];
  for (const [ending, word] of ENDINGS) {
    if (text.endsWith(ending) && text.length > ending.length) {
      const base = text.slice(0, -ending.length);
      return [...(CONTRACTIONS.get(base) ?? base).split(" "), word];
    }
  }
  if (text.endsWith("'s")) {
    const base = text.slice(0, -2);
    return BEFORE_IS.has(base) ? [base, "is"] : [base];
  }
  return [text];
}
