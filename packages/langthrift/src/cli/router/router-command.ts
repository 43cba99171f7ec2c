import { bestFor, calibrate, type CalibrationTarget, evaluateRouter, type RouterKind, trainRouter } from "@langthrift/model-router";
import { Command, InvalidArgumentError, Option } from "commander";
import { positiveInteger } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import { checkWritable, writeOutput } from "../demo/write-output.ts";
import type { Terminal } from "../terminal.ts";
import { costQualitySvg } from "./cost-quality-svg.ts";
import { evaluationText } from "./evaluation-text.ts";
import { readRouter } from "./read-router.ts";
import { checkModels, readRows } from "./read-rows.ts";

/** Below this nothing that was measured beat prompt length by more than noise. */
const ROWS_WORTH_SERVING = 500;

/** `langthrift router`: learn a router from labelled requests, set it, measure it, and ask it why. */
export function routerCommand(terminal: Terminal): Command {
  const group = new Command("router").description(
    "Learn, calibrate, measure and question a model router. Rows are JSON Lines: {id, prompt, scores, costUsd?}.",
  );
  group.addCommand(trainCommand(terminal));
  group.addCommand(calibrateCommand(terminal));
  group.addCommand(evaluateCommand(terminal));
  group.addCommand(explainCommand(terminal));
  return group;
}

function trainCommand(terminal: Terminal): Command {
  return new Command("train")
    .description("Learn from labelled rows what each model will score.")
    .requiredOption("--rows <file>", "labelled rows")
    .requiredOption("--out <file>", "where the router goes, as JSON")
    .addOption(new Option("--kind <kind>", "what it learns").choices(["linear", "knn", "cluster"]).default("linear"))
    .option("--seed <n>", "for the same router again", positiveInteger, 1)
    .action(async ({ rows: path, out, kind, seed }: { rows: string; out: string; kind: RouterKind; seed: number }) => {
      await checkWritable(out);
      const rows = await readRows(path);
      if (rows.length < ROWS_WORTH_SERVING)
        terminal.warn(`${rows.length} rows are few; below about ${ROWS_WORTH_SERVING}, routers were seldom better than prompt length.`);
      const artifact = trainRouter(rows, { kind, seed });
      await writeOutput(out, `${JSON.stringify(artifact)}\n`);
      terminal.print(`Learnt from ${rows.length} rows what ${artifact.models.join(", ")} score (${kind}): ${out}`);
    });
}

interface CalibrateOptions {
  readonly router: string;
  readonly rows: string;
  readonly out?: string;
  readonly strongShare?: number;
  readonly quality?: number;
  readonly confidence?: number;
  readonly budget?: number;
}

function calibrateCommand(terminal: Terminal): Command {
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
      const artifact = calibrate(router.artifact, rows, target);
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

function evaluateCommand(terminal: Terminal): Command {
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
      const predictions = known.map(({ prompt }) => router.predict(prompt));
      const evaluation = evaluateRouter(predictions, known, { seed: options.seed });
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

function explainCommand(terminal: Terminal): Command {
  return new Command("explain")
    .description("Say which model a router would ask for a text, and what it expects of each.")
    .requiredOption("--router <file>", "a router that `train` wrote")
    .argument("<text>", "the request")
    .action(async (text: string, { router: path }: { router: string }) => {
      const router = await readRouter(path);
      const prediction = router.predict(text);
      const { calibration } = router.artifact;
      for (const model of router.models) {
        const cost = prediction.costUsd?.[model];
        terminal.print(
          `${model}: expected score ${prediction.quality[model]!.toFixed(3)}${cost === undefined ? "" : `, $${cost.toPrecision(3)}`}`,
        );
      }
      const [weak, strong] = router.models as [string, string];
      if (calibration?.threshold !== undefined) {
        const gain = prediction.quality[strong]! - prediction.quality[weak]!;
        const enough = gain >= calibration.threshold;
        terminal.print(
          `${enough ? strong : weak}: the expected gain ${gain.toFixed(3)} ${enough ? "reaches" : "is below"} the threshold ${calibration.threshold.toFixed(3)}`,
        );
        return;
      }
      const lambda = calibration?.lambda ?? 0;
      const reason =
        lambda === 0 ? "the best expected score (not calibrated)" : `the best expected score less ${lambda.toPrecision(4)} for a dollar`;
      terminal.print(`${bestFor(prediction, lambda, router.models)}: ${reason}`);
    });
}

function only(values: Readonly<Record<string, number>>, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, values[name]!]));
}

function share(value: string): number {
  const parsed = Number(value);
  if (value.trim() === "" || !(parsed >= 0 && parsed <= 1)) throw new InvalidArgumentError("Pass a number from 0 to 1.");
  return parsed;
}

function dollars(value: string): number {
  const parsed = Number(value);
  if (value.trim() === "" || !(parsed >= 0 && Number.isFinite(parsed))) throw new InvalidArgumentError("Pass US dollars, 0 or more.");
  return parsed;
}
