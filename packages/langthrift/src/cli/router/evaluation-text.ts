import type { RouterEvaluation } from "@langthrift/model-router";

/** An evaluation for people: what was measured, against what, and the verdict last. */
export function evaluationText(evaluation: RouterEvaluation): string {
  const { rows, models, apgr, curve, overLength, score, savingsAt, mixSavingsAt, calibrated, flips, unfamiliarShare, verdict, warnings } =
    evaluation;
  const lines = [`${rows} rows`];
  for (const { model, meanScore, costUsd, dominatedBy } of models) {
    const cost = costUsd === null ? "" : `  $${((costUsd / rows) * 1000).toFixed(3)} a thousand`;
    lines.push(row(model, `${meanScore.toFixed(3)}${cost}${dominatedBy === undefined ? "" : `  dominated by ${dominatedBy}`}`));
  }
  if (apgr && curve) {
    lines.push(row("APGR", `${apgr.router.toFixed(3)} (95 %: ${range(apgr.ci95)})`));
    lines.push(row("  random, length, oracle", [apgr.random, apgr.length, apgr.oracle].map((value) => value.toFixed(3)).join(", ")));
    if (apgr.taskMeans !== undefined) lines.push(row("  knowing the task alone", apgr.taskMeans.toFixed(3)));
    if (overLength) lines.push(row("  over length, paired", `95 %: ${range(overLength)}`));
    lines.push(row("CPT(50 %), CPT(80 %)", `${percent(curve.cpt50)}, ${percent(curve.cpt80)} strong calls`));
  }
  lines.push(
    row(
      "best expected model",
      `${score.router.toFixed(3)} (best single ${score.bestSingle.toFixed(3)}, oracle ${score.oracle.toFixed(3)})`,
    ),
  );
  lines.push(row("  over the best single", `95 %: ${range(score.overBestSingle)}`));
  if (score.taskMeans !== undefined) lines.push(row("  best of each task", score.taskMeans.toFixed(3)));
  if (savingsAt) {
    lines.push("Cost saved, the setting chosen on these same rows (calibrate on others before you count on it):");
    for (const [share, saved] of Object.entries(savingsAt).sort(([a], [b]) => Number(b) - Number(a)))
      lines.push(
        row(
          `  at ${percent(Number(share))} of the quality`,
          `${percent(saved)} (mixing models at random ${percent(mixSavingsAt![share]!)})`,
        ),
      );
  }
  if (calibrated) {
    const { strongShare, qualityOfStrong, qualityOfStrongCi95, saving, savingCi95 } = calibrated;
    lines.push("At the setting that was calibrated on other rows:");
    lines.push(
      row(
        "  keeps of the quality",
        `${percent1(qualityOfStrong)} (95 %: ${percent1(qualityOfStrongCi95[0])} … ${percent1(qualityOfStrongCi95[1])})`,
      ),
    );
    lines.push(row("  strongest model asked", percent(strongShare)));
    if (saving !== undefined)
      lines.push(row("  cost saved", `${percent1(saving)} (95 %: ${percent1(savingCi95![0])} … ${percent1(savingCi95![1])})`));
  }
  if (flips)
    lines.push(
      row(
        "decisions that flip",
        `${percent1(flips.mean)} (layout ${percent1(flips.whitespace)}, case ${percent1(flips.case)}, a typo ${percent1(flips.typo)})`,
      ),
    );
  if (unfamiliarShare > 0) lines.push(row("unlike the training", `${percent1(unfamiliarShare)} of the rows; policies abstain there`));
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

function percent1(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
