import { access, constants, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CliError, reasonOf } from "../cli-error.ts";

/** Whether a file can be written there, asked before the work is done and not after. @throws {CliError} */
export async function checkWritable(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  try {
    const existing = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (existing?.isDirectory()) throw Object.assign(new Error("folder"), { code: "EISDIR" });
    if (existing) await access(path, constants.W_OK);
    else {
      if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error("no folder"), { code: "ENOTDIR" });
      await access(folder, constants.W_OK);
    }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new CliError(`Cannot write ${path}: ${missing ? `the folder ${dirname(path)} does not exist` : reasonOf(error)}.`);
  }
}

/** @throws {CliError} when it cannot be written. */
export async function writeOutput(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new CliError(`Cannot write ${path}: ${reasonOf(error)}.`);
  }
}
