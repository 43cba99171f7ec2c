import { findGuardViolation, type GuardOptions } from "../guard/guard.ts";
import type { PreserveRule } from "../preserve/preserve-rule.ts";
import type { TextScan } from "../preserve/scan-text.ts";
import type { RestoreStep } from "../restore.ts";
import type { Segment } from "../segment.ts";
import { applyEdits, type Edit, invertEdits } from "../text/edit.ts";
import { editsByLine } from "./edits-by-line.ts";
import type { SegmentPlan } from "./stage-context.ts";

export interface ApplyOptions {
  /** Of the stage, for warnings. */
  readonly name: string;
  readonly segments: readonly Segment[];
  /** Rules whose every match survives. */
  readonly rules: readonly PreserveRule[];
  readonly guard: GuardOptions | false | undefined;
  /** A refused change is tried again without the lines that broke a rule. */
  readonly byLine: boolean;
  readonly languageOf: (segment: Segment) => string | undefined;
  /** Blocks and matches of a segment, where they are known. */
  readonly scan: ((segment: number) => TextScan) | undefined;
}

export interface Applied {
  readonly changed: readonly Segment[];
  readonly steps: RestoreStep["segments"];
  readonly aliases: Readonly<Record<string, string>>;
  /** A guard refused the whole change of some segment. */
  readonly refused: boolean;
  readonly warnings: readonly string[];
}

/** Puts each planned change before the guard and makes those that pass. */
export function applyPlans(plans: readonly SegmentPlan[], options: ApplyOptions): Applied {
  const { name, segments } = options;
  const changed = [...segments];
  const steps: { index: number; edits: readonly Edit[] }[] = [];
  const aliases: Record<string, string> = {};
  const warnings: string[] = [];
  let refused = false;
  for (const plan of plans) {
    const segment = segments[plan.index];
    if (!segment || plan.edits.length === 0) continue;
    const { edits, violation, partly } = guarded(plan, segment, options);
    if (partly !== undefined) warnings.push(`${name}: ${partly}; the lines concerned are unchanged.`);
    if (violation !== undefined) warnings.push(`${name}: the guard refused segment ${segment.id ?? plan.index}: ${violation}.`);
    if (edits.length === 0) {
      refused = true;
      continue;
    }
    changed[plan.index] = { ...segment, text: applyEdits(segment.text, edits) };
    steps.push({ index: plan.index, edits: invertEdits(segment.text, edits) });
    Object.assign(aliases, plan.aliases);
  }
  return { changed, steps, aliases, refused, warnings };
}

interface Guarded {
  /** Those that pass; none where the change is refused. */
  readonly edits: readonly Edit[];
  /** Why nothing passes. */
  readonly violation?: string;
  /** Why some lines stay as they are. */
  readonly partly?: string;
}

function guarded(plan: SegmentPlan, segment: Segment, { guard, rules, byLine, languageOf, scan }: ApplyOptions): Guarded {
  if (guard === false) return { edits: plan.edits };
  const before = segment.text;
  if (plan.dropsAll === true) {
    const violation = guard?.check?.(before, "");
    return violation === undefined ? { edits: plan.edits } : { edits: [], violation };
  }
  const fixed = { rules, language: languageOf(segment), formatChanged: plan.formatChanged ?? false };
  const check = (b: string, a: string, edits: readonly Edit[], known?: TextScan): string | undefined =>
    findGuardViolation({ before: b, after: a, edits, ...fixed, scan: known }, guard ?? {});
  const known = scan?.(plan.index);
  const violation = check(before, applyEdits(before, plan.edits), plan.edits, known);
  if (violation === undefined) return { edits: plan.edits };
  if (!byLine) return { edits: [], violation };
  // One bad line must not cost all the others their saving.
  const edits = editsByLine(before, plan.edits, (b, a, e) => check(b, a, e) === undefined);
  const still = check(before, applyEdits(before, edits), edits, known);
  return still === undefined ? { edits, partly: violation } : { edits: [], violation: still };
}
