import { parseShadowRow, shadowReport, type ShadowRow } from "@langthrift/model-router";
import { Command } from "commander";
import { positiveInteger } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import { checkWritable, writeOutput } from "../demo/write-output.ts";
import type { Terminal } from "../terminal.ts";
import { readText } from "./read-rows.ts";
import { shadowText } from "./shadow-text.ts";

/** `langthrift router shadow` */
export function shadowCommand(terminal: Terminal): Command {
  return new Command("shadow")
    .description("Say what policies would have saved on live traffic that a ShadowRecorder has written down.")
    .requiredOption("--rows <file>", "rows that the recorder wrote, as JSON Lines")
    .option("--json <file>", "write the figures as JSON")
    .option("--seed <n>", "of the resampling", positiveInteger, 1)
    .action(async ({ rows: path, json, seed }: { rows: string; json?: string; seed: number }) => {
      if (json !== undefined) await checkWritable(json);
      const report = shadowReport(await readShadowRows(path), { seed });
      terminal.print(shadowText(report));
      if (json !== undefined) {
        await writeOutput(json, `${JSON.stringify(report, null, 2)}\n`);
        terminal.say(`Figures: ${json}`);
      }
    });
}

/** @throws {CliError} */
async function readShadowRows(path: string): Promise<ShadowRow[]> {
  const rows: ShadowRow[] = [];
  for (const [index, line] of (await readText(path)).split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const row = parseShadowRow(line);
    if ("problem" in row)
      throw new CliError(
        `${path}:${index + 1} ${row.problem}. Each line is a row that a ShadowRecorder wrote: {"prompt", "scores", "served", "decisions"}.`,
      );
    rows.push(row);
  }
  if (rows.length === 0) throw new CliError(`${path} holds no rows.`);
  return rows;
}
