import { defaultTokenCounter } from "@langthrift/core";
import {
  type CompressOptions,
  type Compressor,
  ExtractiveCompressor,
  LosslessCompressor,
  PipelineCompressor,
  SelfInformationCompressor,
  StopWordCompressor,
} from "@langthrift/prompt-compressor";
import type { PieceCount } from "./piece-count.ts";

export interface SpeedRow {
  readonly name: string;
  /** By CPU time, so that what else the machine does is not counted. */
  readonly tokensPerSecond: number;
  /** CPU time for 200,000 tokens. */
  readonly documentMs: number;
  /** The same by the clock on the wall. */
  readonly wallMs: number;
  /** CPU time for a token at 1M tokens over that at 200k; 1 is linear. */
  readonly growth: number;
}

const ROUNDS = 5;

/** Text of about a number of tokens: whole sessions of the conversations, again and again, each under a heading of its own. */
export function longText(texts: readonly string[], tokens: number, count: PieceCount): string {
  const sessions = texts.flatMap((text) => text.split("\n\n")).map((text) => ({ text, tokens: count(text) }));
  const parts: string[] = [];
  let total = 0;
  for (let at = 0; total < tokens && sessions.length > 0; at += 1) {
    const session = sessions[at % sessions.length] as (typeof sessions)[number];
    total += Math.max(1, session.tokens);
    // No two paragraphs are alike, else the lossless stage alone would do all that a pipeline is for.
    parts.push(`Part ${at + 1}\n${session.text}`);
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
  const stages = [new LosslessCompressor(), new ExtractiveCompressor(), new StopWordCompressor({ level: "strong" })];
  const cases: [name: string, compressor: Compressor, options: CompressOptions][] = [
    ["lossless", new LosslessCompressor(), {}],
    ["stop words, safe", new StopWordCompressor(), {}],
    ["stop words, strong", new StopWordCompressor({ level: "strong" }), {}],
    ["self-information", new SelfInformationCompressor(), { rate: 0.65 }],
    ["extractive", new ExtractiveCompressor(), { rate: 0.5 }],
    ["extractive, with the question", new ExtractiveCompressor(), { rate: 0.33, question }],
    ["pipeline", new PipelineCompressor(stages), { rate: 0.33 }],
    ["pipeline, with the question", new PipelineCompressor(stages), { rate: 0.33, question }],
  ];
  const rows: SpeedRow[] = [];
  for (const [name, compressor, options] of cases) {
    say(`Speed: ${name}`);
    const timeOf = async (text: string, rounds: number): Promise<{ ms: number; wallMs: number; tokens: number }> => {
      const times: number[] = [];
      const wallTimes: number[] = [];
      let tokens = 0;
      for (let round = 0; round < rounds; round += 1) {
        const startedAt = performance.now();
        const before = process.cpuUsage();
        const { stats } = await compressor.compress(text, { ...options, tokenCounter, minGain: 0, timeoutMs: 120_000 });
        const { user, system } = process.cpuUsage(before);
        times.push((user + system) / 1000);
        wallTimes.push(performance.now() - startedAt);
        tokens = stats.tokensIn;
      }
      // The best: the first rounds compile, and what else the machine does can only slow it down.
      return { ms: Math.min(...times), wallMs: Math.min(...wallTimes), tokens };
    };
    const short = await timeOf(document, ROUNDS);
    const long = await timeOf(large, 2);
    rows.push({
      name,
      tokensPerSecond: (short.tokens / short.ms) * 1000,
      documentMs: short.ms,
      wallMs: short.wallMs,
      growth: long.ms / long.tokens / (short.ms / short.tokens),
    });
  }
  return rows;
}
