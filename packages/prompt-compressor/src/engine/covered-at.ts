import { coveredRanges } from "../preserve/find-preserved.ts";
import type { TextScan } from "../preserve/scan-text.ts";
import type { TextRange } from "../text/edit.ts";

/** Whether a range touches a block or a preserved match; ranges have to be asked for in order. */
export function coverChecker({ blocks, matches }: TextScan): (range: TextRange) => boolean {
  const covered = coveredRanges([...matches, ...blocks].sort((a, b) => a.start - b.start));
  let at = 0;
  return ({ start, end }) => {
    while (at < covered.length && (covered[at] as TextRange).end <= start) at += 1;
    return (covered[at]?.start ?? Infinity) < end;
  };
}
