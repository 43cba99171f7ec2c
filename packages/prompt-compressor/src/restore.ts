import { applyEdits, type Edit } from "./text/edit.ts";
import { SEGMENT_SEPARATOR, type Segment } from "./segment.ts";

/** Everything that was cut, with the place it was cut from. Plain JSON; as large as what was removed. */
export interface RestoreMap {
  readonly version: 1;
  /** One entry a stage that changed something, in the order they ran. */
  readonly steps: readonly RestoreStep[];
  /** Short forms that stand in the text for long ids: `{ "@1": "550e8400-…" }`. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** The edits of one stage, by which its input is written again. */
export interface RestoreStep {
  readonly stage: string;
  readonly segments: readonly { readonly index: number; readonly edits: readonly Edit[] }[];
}

/** The segments as they were before compression. */
export function restoreSegments(segments: readonly Segment[], restore: RestoreMap | undefined): Segment[] {
  const restored = segments.map((segment) => ({ ...segment }));
  for (const step of [...(restore?.steps ?? [])].reverse()) {
    for (const { index, edits } of step.segments) {
      const segment = restored[index];
      if (segment) restored[index] = { ...segment, text: applyEdits(segment.text, edits) };
    }
  }
  return restored;
}

/** The original text, byte for byte, from a result and its map. */
export function restoreText(result: { readonly segments: readonly Segment[]; readonly restore?: RestoreMap }): string {
  return restoreSegments(result.segments, result.restore)
    .map(({ text }) => text)
    .join(SEGMENT_SEPARATOR);
}

/** Writes the long ids back into a text that a model wrote from the short ones. */
export function expandAliases(text: string, restore: RestoreMap | undefined): string {
  const aliases = restore?.aliases ?? {};
  if (Object.keys(aliases).length === 0) return text;
  return text.replace(/@\d+\b/g, (alias) => aliases[alias] ?? alias);
}
