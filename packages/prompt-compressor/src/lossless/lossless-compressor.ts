import { StageCompressor } from "../engine/stage-compressor.ts";
import type { SegmentPlan, StageContext } from "../engine/stage-context.ts";
import { InvalidOptionError } from "@langthrift/core";
import { type Block, findBlocks } from "../text/blocks.ts";
import { type Edit, orderEdits } from "../text/edit.ts";
import { isJson } from "../text/scan-json.ts";
import { aliasIds } from "./alias-ids.ts";
import { collapseRepeatedLines, referDuplicateParagraphs } from "./collapse-repeats.ts";
import { minifyJson } from "./minify-json.ts";
import { squeezeWhitespace } from "./squeeze-whitespace.ts";
import type { TableFormat } from "./table-format.ts";

/** Options of {@link LosslessCompressor}. */
export interface LosslessCompressorOptions {
  /**
   * Other spellings for a text that is JSON as a whole: `toonFormat(toon)`, `csvFormat()`. The one with the
   * fewest tokens wins, minified JSON included. The result then no longer parses as JSON. @default []
   */
  readonly formats?: readonly TableFormat[];
  /** `line [x12]` for a line that repeats. @default true */
  readonly repeatedLines?: boolean;
  /** A reference for a long paragraph that stands above, in any earlier segment. @default true */
  readonly duplicateParagraphs?: boolean;
  /** Short names for long ids that come back. The model's answer then has to go through `expandAliases`. @default false */
  readonly aliasIds?: boolean;
  /** Drops `<!-- … -->`. A model reads comments, so they may matter. @default false */
  readonly htmlComments?: boolean;
}

const htmlComment = /<!--[^]*?-->/g;

/** Says the same with fewer tokens: blanks, JSON layout, repeats. What it removes can be put back byte for byte (`restoreText`). */
export class LosslessCompressor extends StageCompressor {
  readonly name = "lossless";
  readonly version: string;
  readonly lossless = true;
  protected override readonly budgeting = "none";
  readonly #options: Required<LosslessCompressorOptions>;

  /** @throws {InvalidOptionError} for two formats of one name. */
  constructor({
    formats = [],
    repeatedLines = true,
    duplicateParagraphs = true,
    aliasIds: aliased = false,
    htmlComments = false,
  }: LosslessCompressorOptions = {}) {
    super();
    const names = formats.map(({ name }) => name);
    if (new Set(names).size < names.length) throw new InvalidOptionError(`\`formats\` names ${names.join(", ")}. Pass each format once.`);
    this.#options = { formats, repeatedLines, duplicateParagraphs, aliasIds: aliased, htmlComments };
    this.version = `1:${[...names, Number(repeatedLines), Number(duplicateParagraphs), Number(aliased), Number(htmlComments)].join(":")}`;
  }

  protected plan({ segments, counter, touches }: StageContext): SegmentPlan[] {
    const seen = new Set<string>();
    const aliases = new Map<string, string>();
    return segments.flatMap((segment, index): SegmentPlan[] => {
      if (!touches(segment)) return [];
      const { kind, text } = segment;
      if (kind === "code") return [];
      const known = aliases.size;
      const reformatted = kind === "table" || !isJson(text) ? undefined : this.#reformat(text, counter.count);
      if (reformatted !== undefined) return [{ index, edits: [{ start: 0, end: text.length, text: reformatted }], formatChanged: true }];
      const edits = this.#edits(text, findBlocks(text), seen);
      const named = this.#options.aliasIds ? aliasIds(text, findBlocks(text), counter, aliases) : [];
      const added = aliases.size > known ? Object.fromEntries([...aliases].map(([id, alias]) => [alias, id])) : {};
      return [{ index, edits: orderEdits([...edits, ...named]), aliases: added }];
    });
  }

  #edits(text: string, blocks: readonly Block[], seen: Set<string>): Edit[] {
    const { repeatedLines, duplicateParagraphs, htmlComments } = this.#options;
    const edits: Edit[] = blocks.flatMap(({ kind, start, end }) => (kind === "json" ? minifyJson(text, start, end) : []));
    if (htmlComments) {
      htmlComment.lastIndex = 0;
      for (let match = htmlComment.exec(text); match !== null; match = htmlComment.exec(text)) {
        const { index } = match;
        if (!blocks.some(({ start, end }) => index >= start && index < end))
          edits.push({ start: index, end: index + match[0].length, text: "" });
      }
    }
    if (duplicateParagraphs) edits.push(...referDuplicateParagraphs(text, blocks, seen));
    if (repeatedLines) edits.push(...collapseRepeatedLines(text, blocks));
    return [...edits, ...squeezeWhitespace(text, blocks)];
  }

  #reformat(text: string, count: (text: string) => number): string | undefined {
    const { formats } = this.#options;
    if (formats.length === 0) return undefined;
    const edits = minifyJson(text, 0, text.length);
    let best: string | undefined;
    let fewest = count(text) - edits.length;
    const minified = text.replace(/^\s+|\s+$/g, "");
    fewest = Math.min(fewest, count(minified));
    for (const { encode } of formats) {
      const candidate = encode(text);
      if (candidate === undefined) continue;
      const tokens = count(candidate);
      if (tokens < fewest) [best, fewest] = [candidate, tokens];
    }
    return best;
  }
}
