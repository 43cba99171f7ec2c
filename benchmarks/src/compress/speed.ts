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
import { percentile } from "../statistics.ts";

export interface SpeedRow {
  readonly name: string;
  readonly tokensPerSecond: number;
  readonly documentMs: number;
  /** Time for 1M tokens over five times the time for 200k; 1 is linear. */
  readonly growth: number;
}

const ROUNDS = 5;

/** Text of a number of tokens made of all texts, again and again, each time with other names so that no memo helps. */
export function longText(texts: readonly string[], tokens: number, count: PieceCount): string {
  const parts: string[] = [];
  let total = 0;
  for (let round = 0; total < tokens; round += 1) {
    for (const text of texts) {
      for (const session of text.split("\n\n")) {
        if (total >= tokens) break;
        const part = round === 0 ? session : session.replaceAll("a", String.fromCharCode(0x62 + (round % 20)));
        total += count(part);
        parts.push(part);
      }
    }
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
      return { ms: percentile(times, 0.5), tokens };
    };
    const short = await timeOf(document, ROUNDS);
    const long = await timeOf(large, 1);
    rows.push({
      name,
      tokensPerSecond: (short.tokens / short.ms) * 1000,
      documentMs: short.ms,
      growth: long.ms / long.tokens / (short.ms / short.tokens),
    });
  }
  return rows;
}
