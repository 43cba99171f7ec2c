import type { Compressor } from "./compressor.ts";
import { ExtractiveCompressor } from "./extractive/extractive-compressor.ts";
import { LosslessCompressor } from "./lossless/lossless-compressor.ts";
import { PipelineCompressor } from "./pipeline-compressor.ts";
import { StopWordCompressor } from "./stop-words/stop-word-compressor.ts";
import { ToolOutputCompressor } from "./tool-output/tool-output-compressor.ts";

/** Options of {@link defaultCompressor}. */
export interface DefaultCompressorOptions {
  /** Language of the stop words. @default "en" */
  readonly language?: string;
  /**
   * Fraction of the tokens to keep of tool results and long context. Without it nothing is left out but what no reader misses: layout, repeats, articles.
   */
  readonly rate?: number;
}

/**
 * The compressors that need no model, from harmless to harsh. @throws {InvalidOptionError} when `rate` is out of range or the language is
 * not known.
 */
export function defaultCompressor({ language = "en", rate }: DefaultCompressorOptions = {}): Compressor {
  const lossy = rate === undefined ? [] : [new ToolOutputCompressor(), new ExtractiveCompressor()];
  const stages = [new LosslessCompressor(), ...lossy, new StopWordCompressor({ language, level: "safe" })];
  return new PipelineCompressor(stages, rate === undefined ? {} : { rate });
}
