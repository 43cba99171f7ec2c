import { defaultTokenCounter } from "@langthrift/core";
import { type Compressor, StopWordCompressor } from "@langthrift/prompt-compressor";
import { removeStopwords } from "stopword";
import { readJsonLines } from "../read-json-lines.ts";
import { countNumerals, countWords, keptOf, relationWords } from "./measures.ts";

interface WordProblem {
  readonly question: string;
}

export interface WordProblemFigures {
  readonly numerals: number;
  readonly relations: number;
  readonly kept: number;
}

/** Numerals and relation words that are left in GSM8K's questions, and the tokens that are. */
export async function measureWordProblems(
  path: string,
  limit: number | undefined,
): Promise<Record<"strong" | "safe" | "stopword", WordProblemFigures>> {
  const rows = readJsonLines<WordProblem>(path, ({ question }) => (typeof question === "string" ? undefined : 'has no "question"'));
  const questions = rows.slice(0, limit).map(({ question }) => question);
  const by = (compressor: Compressor) => async (text: string) => (await compressor.compress(text, { minTokens: 0, minGain: 0 })).text;
  return {
    strong: await figures(questions, by(new StopWordCompressor({ level: "strong" }))),
    safe: await figures(questions, by(new StopWordCompressor({ level: "safe" }))),
    stopword: await figures(questions, (text) => Promise.resolve(removeStopwords(text.split(" ")).join(" "))),
  };
}

async function figures(questions: readonly string[], shorten: (text: string) => Promise<string>): Promise<WordProblemFigures> {
  // Short texts: counted whole, as the model is billed.
  const { count } = await defaultTokenCounter();
  const total = { numerals: 0, numeralsKept: 0, relations: 0, relationsKept: 0, tokens: 0, kept: 0 };
  for (const question of questions) {
    const short = await shorten(question);
    const numerals = keptOf(countNumerals(question), countNumerals(short));
    const relations = keptOf(countWords(question, relationWords), countWords(short, relationWords));
    total.numerals += numerals.total;
    total.numeralsKept += numerals.kept;
    total.relations += relations.total;
    total.relationsKept += relations.kept;
    total.tokens += count(question);
    total.kept += count(short);
  }
  return {
    numerals: total.numeralsKept / total.numerals,
    relations: total.relationsKept / total.relations,
    kept: total.kept / total.tokens,
  };
}
