import { applyEdits } from "../text/edit.ts";
import { minifyJson } from "./minify-json.ts";

/** Another spelling for JSON. */
export interface TableFormat {
  readonly name: string;
  /** The text in this format, or `undefined` where it cannot say exactly the same. @param json A text that is JSON as a whole. */
  encode(json: string): string | undefined;
}

/** JSON without layout, as bytes: the form in which two spellings are compared. */
export function minifiedJson(json: string): string {
  return applyEdits(json, minifyJson(json, 0, json.length));
}

/**
 * Flat rows as comma-separated values. Types are lost (`"5"` and `5` look alike), so only rows that read the same when all cells are strings,
 * numbers written as JSON writes them, or booleans, without cells that could be taken for another type.
 */
export function csvFormat(): TableFormat {
  return {
    name: "csv",
    encode(json) {
      let rows: unknown;
      try {
        rows = JSON.parse(json);
      } catch {
        return undefined;
      }
      if (!Array.isArray(rows) || rows.length < 2 || JSON.stringify(rows) !== minifiedJson(json)) return undefined;
      const first: unknown = rows[0];
      if (!isRow(first)) return undefined;
      const keys = Object.keys(first);
      const lines = [keys.map(cell).join(",")];
      for (const row of rows as unknown[]) {
        if (!isRow(row) || Object.keys(row).join("\0") !== keys.join("\0")) return undefined;
        const values = keys.map((key) => row[key]);
        if (!values.every(isCell)) return undefined;
        lines.push(values.map((value) => cell(String(value))).join(","));
      }
      return lines.join("\n");
    },
  };
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

/** Neither null, which CSV cannot tell from "", nor a string that reads as a number or boolean. */
function isCell(value: unknown): boolean {
  if (typeof value === "number" || typeof value === "boolean") return true;
  return typeof value === "string" && value.trim() !== "" && !/^(?:true|false|null|[-+]?[\d.]+(?:e[-+]?\d+)?)$/i.test(value);
}

function cell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
