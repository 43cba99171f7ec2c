import { evaluateRouter } from "@langthrift/model-router";
import { Command } from "commander";
import { positiveInteger } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import { checkWritable, writeOutput } from "../demo/write-output.ts";
import type { Terminal } from "../terminal.ts";
import { costQualitySvg } from "./cost-quality-svg.ts";
import { evaluationText } from "./evaluation-text.ts";
import { readRouter } from "./read-router.ts";
import { checkModels, readRows } from "./read-rows.ts";
import { predictionsOf } from "./router-predictions.ts";

/** `langthrift router evaluate` */
export function evaluateCommand(terminal: Terminal): Command {
  return new Command("evaluate")
    .description("Measure a router on rows that it has not seen, against random, length and single models.")
    .requiredOption("--router <file>", "a router that `train` wrote")
    .requiredOption("--rows <file>", "labelled rows, others than for the training")
    .option("--svg <file>", "draw the cost–quality curve")
    .option("--json <file>", "write the figures as JSON")
    .option("--seed <n>", "of the resampling", positiveInteger, 1)
    .action(async (options: { router: string; rows: string; svg?: string; json?: string; seed: number }) => {
      for (const path of [options.svg, options.json]) if (path !== undefined) await checkWritable(path);
      const router = await readRouter(options.router);
      const rows = await readRows(options.rows);
      checkModels(options.rows, rows, router.models);
      // Models that the router does not know are no part of the comparison.
      const known = rows.map((row) => ({ ...row, scores: only(row.scores, router.models) }));
      const predictions = await predictionsOf(router, known);
      const evaluation = evaluateRouter({ ...router, predictions }, known, { seed: options.seed });
      terminal.print(evaluationText(evaluation));
      if (options.svg !== undefined) {
        const svg = costQualitySvg(known, predictions, evaluation);
        if (svg === undefined)
          throw new CliError("There is no curve to draw: more than two models need `costUsd` in every row, for the router's training too.");
        await writeOutput(options.svg, svg);
        terminal.say(`Cost–quality curve: ${options.svg}`);
      }
      if (options.json !== undefined) {
        await writeOutput(options.json, `${JSON.stringify(evaluation, null, 2)}\n`);
        terminal.say(`Figures: ${options.json}`);
      }
    });
}

function only(values: Readonly<Record<string, number>>, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, values[name]!]));
}
