import { type RouterKind, trainRouter, type TrainRouterOptions } from "@langthrift/model-router";
import { Command, Option } from "commander";
import { positiveInteger } from "../arguments.ts";
import { checkWritable, writeOutput } from "../demo/write-output.ts";
import type { Terminal } from "../terminal.ts";
import { embedPrompts } from "./router-predictions.ts";
import { readRows } from "./read-rows.ts";

/** Below this nothing that was measured beat prompt length by more than noise. */
const ROWS_WORTH_SERVING = 500;

interface TrainOptions {
  readonly rows: string;
  readonly out: string;
  readonly kind?: RouterKind;
  readonly vectorizer: "words" | "embeddings" | "both";
  readonly pricedAt?: string;
  readonly seed: number;
}

/** `langthrift router train` */
export function trainCommand(terminal: Terminal): Command {
  return new Command("train")
    .description("Learn from labelled rows what each model will score.")
    .requiredOption("--rows <file>", "labelled rows")
    .requiredOption("--out <file>", "where the router goes, as JSON")
    .addOption(
      new Option("--kind <kind>", "what it learns (default: linear for two models, ensemble for more)").choices([
        "linear",
        "knn",
        "cluster",
        "ensemble",
      ]),
    )
    .addOption(
      new Option("--vectorizer <kind>", "what it reads; embeddings are the small model in this process")
        .choices(["words", "embeddings", "both"])
        .default("words"),
    )
    .option("--priced-at <day>", "day of the prices behind costUsd, as YYYY-MM-DD")
    .option("--seed <n>", "for the same router again", positiveInteger, 1)
    .action(async ({ rows: path, out, kind, vectorizer, pricedAt, seed }: TrainOptions) => {
      await checkWritable(out);
      const rows = await readRows(path);
      if (rows.length < ROWS_WORTH_SERVING)
        terminal.warn(`${rows.length} rows are few; below about ${ROWS_WORTH_SERVING}, routers were seldom better than prompt length.`);
      const options: TrainRouterOptions = { seed, ...(kind && { kind }), ...(pricedAt !== undefined && { pricedAt }) };
      const artifact = trainRouter(rows, vectorizer === "words" ? options : { ...options, vectorizer, embedded: await embedPrompts(rows) });
      await writeOutput(out, `${JSON.stringify(artifact)}\n`);
      terminal.print(`Learnt from ${rows.length} rows what ${artifact.models.join(", ")} score (${artifact.kind}): ${out}`);
    });
}
