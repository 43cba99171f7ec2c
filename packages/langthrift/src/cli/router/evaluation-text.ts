import type { RouterEvaluation } from "@langthrift/model-router";

/** An evaluation for people: what was measured, against what, and the verdict last. */
export function evaluationText({ rows, models, apgr, curve, overLength, score, savingsAt, verdict, warnings }: RouterEvaluation): string {
  const lines = [`${rows} rows`];
  for (const { model, meanScore, costUsd, dominatedBy } of models) {
    const cost = costUsd === null ? "" : `  $${((costUsd / rows) * 1000).toFixed(3)} a thousand`;
    lines.push(row(model, `${meanScore.toFixed(3)}${cost}${dominatedBy === undefined ? "" : `  dominated by ${dominatedBy}`}`));
  }
  if (apgr && curve) {
    lines.push(row("APGR", `${apgr.router.toFixed(3)} (95 %: ${range(apgr.ci95)})`));
    lines.push(row("  random, length, oracle", [apgr.random, apgr.length, apgr.oracle].map((value) => value.toFixed(3)).join(", ")));
    if (overLength) lines.push(row("  over length, paired", `95 %: ${range(overLength)}`));
    lines.push(row("CPT(50 %), CPT(80 %)", `${percent(curve.cpt50)}, ${percent(curve.cpt80)} strong calls`));
  }
  lines.push(
    row(
      "best expected model",
      `${score.router.toFixed(3)} (best single ${score.bestSingle.toFixed(3)}, oracle ${score.oracle.toFixed(3)})`,
    ),
  );
  if (savingsAt) {
    lines.push("Cost saved, the setting chosen on these same rows (calibrate on others before you count on it):");
    for (const [share, saved] of Object.entries(savingsAt).sort(([a], [b]) => Number(b) - Number(a)))
      lines.push(row(`  at ${percent(Number(share))} of the quality`, percent(saved)));
  }
  for (const warning of warnings) lines.push(`warning: ${warning}`);
  lines.push(`Verdict: ${verdict}.`);
  return lines.join("\n");
}

function row(name: string, value: string): string {
  return `${name.padEnd(26)} ${value}`;
}

function range([low, high]: readonly [number, number]): string {
  return `${low.toFixed(3)} … ${high.toFixed(3)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
