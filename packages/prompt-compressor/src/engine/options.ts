import { defaultTokenCounter, InvalidOptionError } from "@langthrift/core";
import type { CompressOptions } from "../compressor.ts";
import { type PieceCounter, pieceCounter } from "../text/count-pieces.ts";

export const DEFAULT_MIN_TOKENS = 200;
export const DEFAULT_MIN_GAIN = 0.02;
export const DEFAULT_TIMEOUT_MS = 2_000;

/** @throws {InvalidOptionError} naming the option and its range. */
export function checkCompressOptions({ rate, targetTokens, minTokens, minGain, timeoutMs }: CompressOptions): void {
  checkRate("rate", rate);
  if (targetTokens !== undefined && !(targetTokens >= 0))
    throw new InvalidOptionError(`\`targetTokens\` is ${targetTokens}. Pass tokens to keep, 0 or more.`);
  if (minTokens !== undefined && !(minTokens >= 0))
    throw new InvalidOptionError(`\`minTokens\` is ${minTokens}. Pass a number of tokens, 0 or more.`);
  if (minGain !== undefined && !(minGain >= 0 && minGain < 1))
    throw new InvalidOptionError(`\`minGain\` is ${minGain}. Pass a fraction from 0 to below 1.`);
  if (timeoutMs !== undefined && !(timeoutMs > 0))
    throw new InvalidOptionError(`\`timeoutMs\` is ${timeoutMs}. Pass milliseconds, above 0.`);
}

/** @throws {InvalidOptionError} */
export function checkRate(name: string, rate: number | undefined): void {
  if (rate === undefined) return;
  if (!(rate > 0 && rate <= 1))
    throw new InvalidOptionError(`\`${name}\` is ${rate}. Pass the fraction of the tokens to keep, above 0 and at most 1.`);
}

export async function resolveCounter({ tokenCounter, model }: CompressOptions): Promise<PieceCounter> {
  return pieceCounter(tokenCounter ?? (await defaultTokenCounter()), model);
}
