import { InvalidOptionError } from "@langthrift/core";
import { appendFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { CostExporter } from "../cost-exporter.ts";

/** Options of {@link jsonlExporter}. */
export interface JsonlExporterOptions {
  /** The file; its folder is made. */
  readonly path: string;
  /** A larger file is moved to `path.1`, that to `path.2` and so on. @default 100_000_000 */
  readonly maxBytes?: number;
  /** Old files kept. A count. @default 5 */
  readonly keep?: number;
}

/**
 * Appends entries to a file, one JSON object a line: a traffic log of `CallRecord`s. Savings are not calls and have a file of their own,
 * `path` with ".savings" before its ending.
 *
 * @throws {InvalidOptionError} when a limit is out of range.
 */
export function jsonlExporter({ path, maxBytes = 100_000_000, keep = 5 }: JsonlExporterOptions): CostExporter {
  if (path === "") throw new InvalidOptionError("`path` is empty. Pass the name of the file to append to.");
  if (!(maxBytes >= 1_000)) throw new InvalidOptionError(`\`maxBytes\` is ${maxBytes}. Pass bytes, at least 1,000.`);
  if (!Number.isSafeInteger(keep) || keep < 0) throw new InvalidOptionError(`\`keep\` is ${keep}. Pass a whole number, 0 or more.`);
  const savingsPath = /\.[^./\\]+$/.test(path) ? path.replace(/(\.[^./\\]+)$/, ".savings$1") : `${path}.savings`;
  let ready: Promise<unknown> | undefined;

  async function append(file: string, records: readonly unknown[]): Promise<void> {
    if (records.length === 0) return;
    ready ??= mkdir(dirname(file), { recursive: true });
    await ready;
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size >= maxBytes) await rotate(file, keep);
    await appendFile(file, `${records.map((record) => JSON.stringify(record)).join("\n")}\n`);
  }

  return {
    async export(entries, savings) {
      await append(path, entries);
      await append(savingsPath, savings);
    },
    async close() {
      // Nothing is held between exports.
    },
  };
}

async function rotate(file: string, keep: number): Promise<void> {
  await rm(`${file}.${keep}`, { force: true });
  for (let number = keep - 1; number >= 1; number -= 1) await rename(`${file}.${number}`, `${file}.${number + 1}`).catch(() => undefined);
  if (keep > 0) await rename(file, `${file}.1`);
  else await rm(file, { force: true });
}
