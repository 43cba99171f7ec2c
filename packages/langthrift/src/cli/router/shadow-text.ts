import type { ShadowReport } from "@langthrift/model-router";

/** Below this the intervals are too wide to act on. */
const ROWS_WORTH_READING = 200;

/** A report of shadow mode for people: what was served, then what each policy and each single model would have done. */
export function shadowText({ rows, served, quality, outcomes }: ShadowReport): string {
  const shares = Object.entries(served).map(([model, count]) => `${model} ${percent(count / rows)}`);
  const width = Math.max(10, ...outcomes.map(({ name }) => name.length));
  const lines = [`${rows} requests, answered by ${shares.join(", ")}; mean score ${quality.toFixed(3)}`, ""];
  lines.push(`${"instead".padEnd(width)}  score  change (95 %)               cost saved (95 %)`);
  for (const { name, decided, quality: own, qualityDifference, qualityDifferenceCi95, saving, savingCi95 } of outcomes) {
    const change = `${signed(qualityDifference)} (${signed(qualityDifferenceCi95[0])} … ${signed(qualityDifferenceCi95[1])})`;
    const saved =
      saving === undefined ? "no costs in the rows" : `${percent(saving)} (${percent(savingCi95![0])} … ${percent(savingCi95![1])})`;
    const partly = decided === rows ? "" : `, decided ${percent(decided / rows)} of the requests`;
    lines.push(`${name.padEnd(width)}  ${own.toFixed(3)}  ${change.padEnd(26)}  ${saved}${partly}`);
  }
  if (rows < ROWS_WORTH_READING) lines.push("", `warning: ${rows} rows are few; read the intervals, not the figures.`);
  return lines.join("\n");
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`.replace("-", "−");
}
