import { parseRouterRow, type RouterRow } from "./router-row.ts";

/** A labelled request from live traffic. It also is a row to train, calibrate and evaluate on. */
export interface ShadowRow extends RouterRow {
  /** The model whose answer the user got. */
  readonly served: string;
  /** By policy: the model that it would have asked; `null` where it abstained. */
  readonly decisions: Readonly<Record<string, string | null>>;
}

/** Reads a line of JSON as a row of shadow mode, or says what is wrong with it. */
export function parseShadowRow(line: string): ShadowRow | { readonly problem: string } {
  const row = parseRouterRow(line);
  if ("problem" in row) return row;
  const { served, decisions = {} } = JSON.parse(line) as { served?: unknown; decisions?: unknown };
  if (typeof served !== "string" || row.scores[served] === undefined) return { problem: "has no `served` model with a score" };
  if (typeof decisions !== "object" || decisions === null || Array.isArray(decisions))
    return { problem: "has `decisions` that are no object" };
  const known = Object.entries(decisions).filter(
    (entry): entry is [string, string | null] => entry[1] === null || typeof entry[1] === "string",
  );
  return { ...row, served, decisions: Object.fromEntries(known) };
}
