import { InvalidOptionError } from "@langthrift/core";
import type { CompressOptions, CompressResult, Compressor } from "./compressor.ts";
import { joinSegments, type Segment, toSegments } from "./segment.ts";

/** Tries compressors in order: the next one runs where a peer is missing, a model fails or is too slow, or a guard refuses. */
export class FallbackCompressor implements Compressor {
  readonly name: string;
  readonly version: string;
  readonly lossless: boolean;
  readonly questionAware: boolean;
  readonly #compressors: readonly Compressor[];

  /** @throws {InvalidOptionError} with fewer than two compressors. */
  constructor(compressors: readonly Compressor[]) {
    if (compressors.length < 2)
      throw new InvalidOptionError(`\`compressors\` has ${compressors.length} entries. Pass the first choice and at least one other.`);
    this.#compressors = [...compressors];
    this.name = `fallback(${compressors.map(({ name }) => name).join(",")})`;
    this.version = compressors.map(({ version }) => version).join(",");
    this.lossless = compressors.every(({ lossless }) => lossless);
    this.questionAware = compressors.some(({ questionAware }) => questionAware);
  }

  /** The stages in the stats say which compressors ran, `warnings` which ones failed, why, and which was used instead. */
  async compress(input: string | readonly Segment[], options: CompressOptions = {}): Promise<CompressResult> {
    const stages: CompressResult["stats"]["stages"][number][] = [];
    const warnings: string[] = [];
    let last: CompressResult | undefined;
    for (const compressor of this.#compressors) {
      try {
        last = await compressor.compress(input, options);
      } catch (error) {
        if (options.signal?.aborted || (error instanceof Error && InvalidOptionError.isInstance(error))) throw error;
        warnings.push(`${compressor.name} failed (${error instanceof Error ? error.name : typeof error}).`);
        continue;
      }
      stages.push(...last.stats.stages);
      warnings.push(...last.warnings);
      if (last.skipped === "error" || last.skipped === "guard") continue;
      if (compressor !== this.#compressors[0]) warnings.push(`${this.name}: ${compressor.name} was used instead.`);
      break;
    }
    if (last) return { ...last, warnings, stats: { ...last.stats, stages } };
    const segments = toSegments(input);
    const stats = { tokensIn: 0, tokensOut: 0, ratio: 1, estimated: true, ms: 0, savedNanoUsd: null, stages };
    return { text: joinSegments(segments), segments, skipped: "error", warnings, stats };
  }
}
