import { UsageError } from "../bench.ts";
import { readJsonLines } from "../read-json-lines.ts";

export interface LabelledQuery {
  readonly id: string;
  readonly text: string;
  /** Two queries of one label are answered alike. */
  readonly label: string;
}

/** Reads one or more files of {id, text, label}. @throws {UsageError} naming file and line. */
export function readQueries(paths: readonly string[] | undefined, limit?: number): LabelledQuery[] {
  if (!paths || paths.length === 0) throw new UsageError("Pass --queries FILE: JSON Lines with {id, text, label}.");
  const queries = paths.flatMap((path) =>
    readJsonLines<LabelledQuery>(path, (row) => {
      for (const field of ["text", "label"]) if (typeof row[field] !== "string" || row[field] === "") return `has no \`${field}\``;
      return undefined;
    }),
  );
  return limit === undefined ? queries : queries.slice(0, limit);
}
