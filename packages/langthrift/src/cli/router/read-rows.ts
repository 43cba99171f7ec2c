import { readFile } from "node:fs/promises";
import { modelsOf, parseRouterRow, type RouterRow } from "@langthrift/model-router";
import { CliError, reasonOf } from "../cli-error.ts";

/** Reads labelled requests in JSON Lines; a bad line stops, for a router must not learn from half of a file. @throws {CliError} */
export async function readRows(path: string): Promise<RouterRow[]> {
  const rows: RouterRow[] = [];
  for (const [index, line] of (await readText(path)).split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const row = parseRouterRow(line);
    if ("problem" in row) {
      throw new CliError(
        `${path}:${index + 1} ${row.problem}. Each line is JSON: {"id", "prompt", "scores": {"model": 0 to 1}, "costUsd"?: {"model": dollars}}.`,
      );
    }
    rows.push(row);
  }
  if (rows.length === 0) throw new CliError(`${path} holds no rows.`);
  return rows;
}

/** @throws {CliError} when a row has no score, or the models of a trained router are not those of the rows. */
export function checkModels(path: string, rows: readonly RouterRow[], models: readonly string[]): void {
  const own = modelsOf(rows);
  const missing = models.filter((model) => !own.includes(model));
  if (missing.length > 0)
    throw new CliError(`${path} has no scores of ${missing.join(", ")} in every row; the router was trained on ${models.join(", ")}.`);
}

/** @throws {CliError} */
export async function readText(path: string): Promise<string> {
  try {
    // A byte order mark stands before the first line of files from some editors.
    return (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  } catch (error) {
    throw new CliError(`Cannot read ${path}: ${reasonOf(error)}.`);
  }
}
