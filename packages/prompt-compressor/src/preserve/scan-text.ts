import { type Block, findBlocks } from "../text/blocks.ts";
import { findPreserved, type PreservedMatch } from "./find-preserved.ts";
import type { PreserveRule } from "./preserve-rule.ts";

/** What a text holds that must not break. */
export interface TextScan {
  readonly blocks: readonly Block[];
  readonly matches: readonly PreservedMatch[];
}

export function scanText(text: string, rules: readonly PreserveRule[], language?: string): TextScan {
  const blocks = findBlocks(text);
  return { blocks, matches: rules.length === 0 ? [] : findPreserved(text, rules, language, blocks) };
}
