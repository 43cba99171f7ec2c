import type { Block } from "../text/blocks.ts";
import type { Edit } from "../text/edit.ts";
import { isJson } from "../text/scan-json.ts";
import { findPreserved, type PreservedMatch } from "../preserve/find-preserved.ts";
import { scanText, type TextScan } from "../preserve/scan-text.ts";
import type { PreserveRule } from "../preserve/preserve-rule.ts";

/** Which checks a result has to pass. Each is on unless set to `false`. */
export interface GuardOptions {
  /** Every match of the preserve rules survives, counted. */
  readonly preserve?: boolean;
  /** Fenced code is byte-identical, and every fence that was closed still is. */
  readonly code?: boolean;
  /** What was JSON is JSON. */
  readonly json?: boolean;
  /** A check of your own: return what is wrong, in a few words, or nothing. */
  readonly check?: (before: string, after: string) => string | undefined;
}

export interface GuardInput {
  readonly before: string;
  readonly after: string;
  readonly edits: readonly Edit[];
  readonly rules: readonly PreserveRule[];
  readonly language?: string | undefined;
  /** A stage that writes another format on purpose (TOON) proves its own round trip. */
  readonly formatChanged?: boolean;
  /** Blocks and matches of `before`, where they are known. */
  readonly scan?: TextScan | undefined;
}

/** What is wrong with a result, or `undefined`. Independent of the stage that made it: it looks at both texts anew. */
export function findGuardViolation(input: GuardInput, options: GuardOptions): string | undefined {
  const { before, after, edits, rules, language, formatChanged = false, scan = scanText(before, rules, language) } = input;
  if (edits.length === 0) return undefined;
  const { blocks } = scan;
  return (
    (options.code === false ? undefined : codeViolation(before, edits, blocks)) ??
    (options.json === false || formatChanged ? undefined : jsonViolation(before, after)) ??
    (options.preserve === false ? undefined : preserveViolation(after, input, scan)) ??
    options.check?.(before, after)
  );
}

function codeViolation(before: string, edits: readonly Edit[], blocks: readonly Block[]): string | undefined {
  let at = 0;
  for (const { kind, start, end } of blocks) {
    if (kind !== "fence") continue;
    while (at < edits.length && (edits[at] as Edit).end <= start) at += 1;
    const edit = edits[at];
    if (edit && edit.start < end) return `a code block at character ${start} of ${before.length} would change`;
  }
  return undefined;
}

function jsonViolation(before: string, after: string): string | undefined {
  return isJson(before) && !isJson(after) ? "the text was JSON and would no longer parse" : undefined;
}

function preserveViolation(after: string, { before, rules, language }: GuardInput, { matches }: TextScan): string | undefined {
  if (rules.length === 0) return undefined;
  const countsByRule = new Map<string, Map<string, number>>();
  addMatches(countsByRule, before, matches, 1);
  addMatches(countsByRule, after, findPreserved(after, rules, language), -1);
  for (const [rule, counts] of countsByRule) {
    for (const [match, count] of counts) {
      if (count === 0) continue;
      const excerpt = match.length > 24 ? `${match.slice(0, 24)}…` : match;
      return `rule ${rule}: "${excerpt}" would ${count > 0 ? "be lost" : "appear where it was not"}`;
    }
  }
  return undefined;
}

function addMatches(countsByRule: Map<string, Map<string, number>>, text: string, matches: readonly PreservedMatch[], by: number): void {
  for (const { start, end, rule } of matches) {
    let counts = countsByRule.get(rule);
    if (!counts) countsByRule.set(rule, (counts = new Map()));
    const match = text.slice(start, end).trim();
    counts.set(match, (counts.get(match) ?? 0) + by);
  }
}
