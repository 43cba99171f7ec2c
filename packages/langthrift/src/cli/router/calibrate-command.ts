import { calibrate, type CalibrationTarget } from "@langthrift/model-router";
import { Command } from "commander";
import { dollars, share } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import { checkWritable, writeOutput } from "../demo/write-output.ts";
import type { Terminal } from "../terminal.ts";
import { readRouter } from "./read-router.ts";
import { checkModels, readRows } from "./read-rows.ts";
import { predictionsOf } from "./router-predictions.ts";

interface CalibrateOptions {
  readonly router: string;
  readonly rows: string;
  readonly out?: string;
  readonly strongShare?: number;
  readonly quality?: number;
  readonly confidence?: number;
  readonly budget?: number;
}

/** `langthrift router calibrate` */
export function calibrateCommand(terminal: Terminal): Command {
  return new Command("calibrate")
    .description("Choose the threshold or lambda of a router, on rows that it was not trained on.")
    .requiredOption("--router <file>", "a router that `train` wrote")
    .requiredOption("--rows <file>", "labelled rows, others than for the training")
    .option("--out <file>", "where the calibrated router goes (default: over the router)")
    .option("--strong-share <share>", "this share of requests to the strong model, 0 to 1", share)
    .option("--quality <share>", "least cost at this share of the strongest model's quality, for example 0.97", share)
    .option("--confidence <level>", "with --quality: by a lower bound, for example 0.95", share)
    .option("--budget <usd>", "best quality at this many dollars for a thousand requests", dollars)
    .action(async (options: CalibrateOptions) => {
      const out = options.out ?? options.router;
      await checkWritable(out);
      const target = targetOf(options);
      const router = await readRouter(options.router);
      const rows = await readRows(options.rows);
      checkModels(options.rows, rows, router.models);
      const artifact = calibrate(router.artifact, rows, target, await predictionsOf(router, rows));
      const { threshold, lambda, quality, costUsdPer1k } = artifact.calibration!;
      await writeOutput(out, `${JSON.stringify(artifact)}\n`);
      const setting = threshold === undefined ? `lambda ${lambda!.toPrecision(4)}` : `threshold ${threshold.toPrecision(4)}`;
      const cost = costUsdPer1k === undefined ? "" : `, $${costUsdPer1k.toFixed(3)} a thousand requests`;
      terminal.print(`${setting}: mean score ${quality.toFixed(3)}${cost} on these ${rows.length} rows. Measure it on others. ${out}`);
    });
}

function targetOf({ strongShare, quality, confidence, budget }: CalibrateOptions): CalibrationTarget {
  if ([strongShare, quality, budget].filter((value) => value !== undefined).length !== 1)
    throw new CliError("Pass exactly one of --strong-share, --quality and --budget.");
  if (confidence !== undefined && quality === undefined) throw new CliError("--confidence goes with --quality.");
  if (strongShare !== undefined) return { strongShare };
  if (budget !== undefined) return { budgetUsdPer1k: budget };
  return { qualityOfStrong: quality!, ...(confidence !== undefined && { confidence }) };
}
