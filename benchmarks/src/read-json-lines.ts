import { readFileSync } from "node:fs";
import { UsageError } from "./bench.ts";

/** Reads JSON Lines; `check` says what is wrong with a row, or nothing. @throws {UsageError} naming file and line. */
export function readJsonLines<T>(path: string, check: (row: Record<string, unknown>) => string | undefined): T[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const rows: T[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch {
      throw new UsageError(`${path}:${index + 1} is not JSON.`);
    }
    const problem = typeof row === "object" && row !== null ? check(row as Record<string, unknown>) : "is not an object";
    if (problem !== undefined) throw new UsageError(`${path}:${index + 1} ${problem}.`);
    rows.push(row as T);
  }
  if (rows.length === 0) throw new UsageError(`${path} holds no rows.`);
  return rows;
}
