import { defaultTokenCounter } from "@langthrift/core";
import {
  type CompressOptions,
  type Compressor,
  ExtractiveCompressor,
  LosslessCompressor,
  SelfInformationCompressor,
  StopWordCompressor,
} from "@langthrift/prompt-compressor";
import type { PieceCount } from "./piece-count.ts";

export interface SpeedRow {
  readonly name: string;
  readonly tokensPerSecond: number;
  readonly documentMs: number;
  /** Time for 1M tokens over five times the time for 200k; 1 is linear. */
  readonly growth: number;
}

const ROUNDS = 5;

/** Text of about a number of tokens: whole sessions of the conversations, again and again. */
export function longText(texts: readonly string[], tokens: number, count: PieceCount): string {
  const sessions = texts.flatMap((text) => text.split("\n\n")).map((text) => ({ text, tokens: count(text) }));
  const parts: string[] = [];
  let total = 0;
  for (let at = 0; total < tokens && sessions.length > 0; at += 1) {
    const session = sessions[at % sessions.length] as (typeof sessions)[number];
    total += Math.max(1, session.tokens);
    parts.push(session.text);
  }
  return parts.join("\n\n");
}

export async function measureSpeed(
  texts: readonly string[],
  question: string,
  count: PieceCount,
  say: (text: string) => void,
): Promise<SpeedRow[]> {
  const document = longText(texts, 200_000, count);
  const large = longText(texts, 1_000_000, count);
  const tokenCounter = await defaultTokenCounter();
  const cases: [name: string, compressor: Compressor, options: CompressOptions][] = [
    ["lossless", new LosslessCompressor(), {}],
    ["stop words, safe", new StopWordCompressor(), {}],
    ["stop words, strong", new StopWordCompressor({ level: "strong" }), {}],
    ["self-information", new SelfInformationCompressor(), { rate: 0.65 }],
    ["extractive", new ExtractiveCompressor(), { rate: 0.5 }],
    ["extractive, with the question", new ExtractiveCompressor(), { rate: 0.33, question }],
  ];
  const rows: SpeedRow[] = [];
  for (const [name, compressor, options] of cases) {
    say(`Speed: ${name}`);
    const timeOf = async (text: string, rounds: number): Promise<{ ms: number; tokens: number }> => {
      const times: number[] = [];
      let tokens = 0;
      for (let round = 0; round < rounds; round += 1) {
        const startedAt = performance.now();
        const { stats } = await compressor.compress(text, { ...options, tokenCounter, minGain: 0, timeoutMs: 120_000 });
        times.push(performance.now() - startedAt);
        tokens = stats.tokensIn;
      }
      // The best: what else the machine does can only slow it down.
      return { ms: Math.min(...times), tokens };
    };
    const short = await timeOf(document, ROUNDS);
    const long = await timeOf(large, 2);
    rows.push({
      name,
      tokensPerSecond: (short.tokens / short.ms) * 1000,
      documentMs: short.ms,
      growth: long.ms / long.tokens / (short.ms / short.tokens),
    });
  }
  return rows;
}
