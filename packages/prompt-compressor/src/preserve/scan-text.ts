import { type Block, findBlocks } from "../text/blocks.ts";
import { scanWords, type Word } from "../text/words.ts";
import { findPreserved, type PreservedMatch } from "./find-preserved.ts";
import type { PreserveRule } from "./preserve-rule.ts";

/** What a text holds that must not break. */
export interface TextScan {
  readonly blocks: readonly Block[];
  readonly matches: readonly PreservedMatch[];
  readonly words: readonly Word[];
}

export function scanText(text: string, rules: readonly PreserveRule[], language?: string): TextScan {
  const blocks = findBlocks(text);
  const words = scanWords(text);
  return { blocks, words, matches: rules.length === 0 ? [] : findPreserved(text, rules, language, { blocks, words }) };
}
